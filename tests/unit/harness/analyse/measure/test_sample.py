"""What measurements need of the calls that count."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from harness.analyse.measure.sample import sample_of, tail_design_effect


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


def test_several_runs_are_one_sample_of_what_each_of_them_could_show(make):
    short, long = make(np.full(200, 0.02)), make(np.full(400, 0.02))
    both = sample_of([replace(short, most_attempts=3), replace(long, most_attempts=5)])
    assert (len(both.calls), len(both.phases), both.most_attempts) == (600, 600, 5)
    assert both.observed_s == pytest.approx(199 / 200 + 0.02), "a longer time was not seen in every run"


@pytest.mark.parametrize("n", [1, 5])
def test_so_few_calls_show_no_cluster(n):
    assert tail_design_effect(np.full(n, 0.02), np.zeros(n, dtype=np.int64)) == 1.0


def test_slow_calls_that_come_together_count_as_fewer(rng):
    """The slowest 20 of 20,000 one after the other, and the same 20 anywhere."""
    apart = rng.uniform(0.01, 0.02, 20_000)
    together, phases = apart.copy(), np.zeros(20_000, dtype=np.int64)
    apart[rng.choice(20_000, 20, replace=False)] = 0.5
    together[7000:7020] = 0.5
    assert tail_design_effect(together, phases) > 5
    assert tail_design_effect(apart, phases) < 3
