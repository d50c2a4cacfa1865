"""How many samples decide a limit."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest

from harness.analyse.stats.effective_size import effective_of_events
from harness.analyse.stats.intervals import percentile_bounds, ratio_interval
from harness.analyse.stats.needed_samples import by_tail, for_percentile, for_ratio

INDEPENDENT = 1.4
"""The design effect that runs estimate for independent calls."""


def decided(n: int, decides) -> float:
    """The share of 200 runs of n independent exponential durations that are decided."""
    rng, phases = np.random.default_rng(1), np.zeros(n, dtype=np.int64)
    return float(np.mean([decides(rng.exponential(1.0, n), phases) for _ in range(200)]))


@pytest.mark.parametrize("quantile", [0.9, 0.95, 0.99])
def test_so_many_exponential_durations_show_a_percentile_to_be_below_twice_of_it(quantile):
    def decides(run, phases):
        high = percentile_bounds(run, phases, quantile).high
        return high is not None and high < -2 * np.log(1 - quantile)

    assert decided(round(INDEPENDENT * for_percentile(quantile, 2.0)), decides) >= 0.85


def test_so_many_samples_show_a_ratio_to_be_below_twice_of_it():
    def decides(run, phases):
        events = run < -np.log(0.99)
        return ratio_interval(effective_of_events(events, phases), float(events.mean())).high < 0.02

    assert decided(round(for_ratio(0.02, 0.01)), decides) >= 0.8


def test_a_limit_further_away_needs_fewer_samples():
    for needed in (for_percentile, by_tail):
        assert needed(0.99, 1.5) > needed(0.99, 2.0) > needed(0.99, 3.0)


def test_the_tail_needs_fewer_samples_than_counting_where_it_bounds_a_p99_and_bounds_no_p999():
    assert by_tail(0.99, 2.0) < for_percentile(0.99, 2.0)
    assert by_tail(0.999, 2.0) == inf
