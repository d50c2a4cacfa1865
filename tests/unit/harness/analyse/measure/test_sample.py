"""What measurements need of the calls that count."""

from __future__ import annotations

import numpy as np
import pytest

from harness.analyse.measure.sample import sample_of


@pytest.fixture
def sample(make):
    outcome = np.where(np.arange(400) % 4 == 0, "http_5xx", "ok")
    return sample_of([make(np.full(400, 0.02), columns={"outcome": outcome})])


def test_a_failed_call_is_infinitely_late_in_latency_alone(sample):
    assert np.isinf(sample.covered("latency").values).sum() == 100
    assert np.isfinite(sample.covered("pool_wait").values).all()


def test_each_duration_is_taken_and_sorted_once(sample):
    assert sample.covered("latency") is sample.covered("latency")
    assert sample.covered("latency").ordered is sample.covered("latency").ordered
