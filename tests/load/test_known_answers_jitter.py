"""Known answer: AWS' simulation of clients that contend for one record, with our backoff formulas."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.contention import PUBLISHED, contention


@pytest.mark.parametrize("kind", list(PUBLISHED))
def test_calls_and_seconds_are_those_of_the_published_simulation(kind):
    known_calls, known_s = PUBLISHED[kind]
    calls, seconds = np.mean([contention(kind, seed) for seed in range(20)], axis=0)
    assert calls == pytest.approx(known_calls, rel=0.03)
    assert seconds == pytest.approx(known_s, rel=0.08)
