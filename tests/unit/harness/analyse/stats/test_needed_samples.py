"""How many samples decide a limit."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest

from harness.analyse.stats.effective_size import Series, effective_of_events, worth_of_frequent
from harness.analyse.stats.intervals import percentile_bounds, ratio_interval
from harness.analyse.stats.needed_samples import by_tail, for_percentile, for_rare_events, for_ratio
from harness.analyse.stats.tail_bound import tail_bound

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


def test_the_samples_for_a_ratio_are_those_of_the_test_of_one_proportion():
    """For 50% against 25%: (2.045·√.25 + 1.282·√.1875)² / .25²."""
    assert for_ratio(0.5, 0.25) == pytest.approx(39.8, rel=0.002)


def test_rare_events_scatter_as_their_mean():
    """For 2% against 1%: (2.045·√.02 + 1.282·√.01)² / .01²."""
    assert for_rare_events(0.02, 0.01) == pytest.approx(1740, rel=0.002)


def test_a_percentile_needs_three_tenths_more_than_its_ratio():
    """The share beyond twice a p90 of exponential durations is 1%."""
    assert for_percentile(0.9, 2.0) == pytest.approx(1.3 * for_ratio(0.1, 0.01))


def test_at_so_many_samples_the_tail_s_bound_of_unlucky_estimates_meets_the_limit():
    """By simulation: about nine of ten runs of independent exponential durations are bounded below the limit."""
    rng, n = np.random.default_rng(8), int(by_tail(0.99, 1.5))
    bounded = 0
    for _ in range(60):
        values = rng.exponential(size=n)
        series, phases = Series(values, np.zeros(n, dtype=np.int64)), np.zeros(n, dtype=np.int64)
        bound = tail_bound(series, 0.99, worth_of_frequent(values, phases, 0.99))
        bounded += bound is not None and bound <= 1.5 * -np.log(0.01)
    assert bounded >= 42, "fewer are six in a thousand where nine of ten are true"
