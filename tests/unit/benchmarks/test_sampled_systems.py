"""What the simulated systems have that their statistics rely on."""

from __future__ import annotations

import numpy as np

from benchmarks.sampled_systems import SERVICE_S, queue


def test_calls_that_do_not_wait_take_exactly_as_long_as_each_other() -> None:
    """A median among them is missed by the last digit otherwise, which no clock shows."""
    (run,) = queue("fixed", 0.5).draw(np.random.default_rng(1), 1, 2000)
    assert np.mean(run == SERVICE_S) > 0.5
    assert run.min() == SERVICE_S
