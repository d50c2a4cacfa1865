"""The upper bound of a percentile by the tail's shape, on samples whose percentile is known exactly."""

from __future__ import annotations

from math import log

import numpy as np
import pytest

from harness.analyse.stats.effective_size import Effective, Series, worth_of_frequent
from harness.analyse.stats.intervals import percentile_bounds, quantile_interval
from harness.analyse.stats.queueing import waits_s
from harness.analyse.stats.tail_bound import (
    FARTHEST,
    Estimates,
    Excesses,
    TailFit,
    extremal_index,
    tail_at_bounds,
    tail_bound,
)

SERVICE_S, CALLS, RUNS = 0.0025, 3400, 100


@pytest.fixture
def rng():
    return np.random.default_rng(14)


def one_phase(n):
    return np.zeros(n, dtype=np.int64)


def bound(values, quantile=0.99):
    phases = one_phase(len(values))
    return tail_bound(Series(values, phases), quantile, worth_of_frequent(values, phases, quantile))


def one_worker(rng, load, calls=CALLS):
    """Times in an M/M/1 system that has settled, in seconds."""
    settling = 2000
    arrived = np.cumsum(rng.exponential(SERVICE_S / load, settling + calls))
    service = rng.exponential(SERVICE_S, settling + calls)
    return (waits_s(arrived, service, 1) + service)[settling:]


def true_p99_s(load):
    """In M/M/1 the time in the system is exponential, with the rate μ - λ."""
    return log(100) / ((1 - load) / SERVICE_S)


def test_a_short_run_of_a_queue_bounds_its_p99_within_twice_of_it_where_counting_does_not(rng):
    """Of 100 runs of 17 s at 50% load: at most 9 bounds are too low, which 5% are by chance in 28 of 1,000 cases."""
    true_s = true_p99_s(0.5)
    runs = [one_worker(rng, 0.5) for _ in range(RUNS)]
    by_tail = [percentile_bounds(run, one_phase(CALLS), 0.99).high for run in runs]
    counted = [quantile_interval(run, one_phase(CALLS), 0.99).high for run in runs]
    assert sum(high is not None and high < true_s for high in by_tail) <= 9
    assert sum(high is not None and high < 2 * true_s for high in by_tail) >= 85
    assert sum(high is not None and high < 2 * true_s for high in counted) <= 65


def test_a_short_run_of_a_busy_queue_is_seldom_bounded_too_low(rng):
    true_s = true_p99_s(0.9)
    highs = [bound(one_worker(rng, 0.9)) for _ in range(RUNS)]
    assert sum(high is not None and high < true_s for high in highs) <= 9


def test_a_tail_heavier_than_a_queues_is_not_bounded_too_low(rng):
    true_s = 0.01 * 100 ** (1 / 2.1)
    highs = [bound(0.01 * (1 - rng.random(CALLS)) ** (-1 / 2.1)) for _ in range(RUNS)]
    assert sum(high is not None and high < true_s for high in highs) <= 9


@pytest.mark.parametrize("slow_share", [0.015, 0.03])
def test_a_second_mode_beyond_the_percentile_is_no_tail(rng, slow_share):
    slow = rng.random(20_000) < slow_share
    assert bound(np.where(slow, 0.2, 0.02) * rng.lognormal(0, 0.2, 20_000)) is None


def test_a_second_mode_at_the_percentile_of_a_short_run_is_seldom_bounded_too_low(rng):
    """1.5% of 2,000 calls take ten times as long, and p99 lies among them, at 184 ms."""
    highs = []
    for _ in range(200):
        slow = rng.random(2000) < 0.015
        values = np.where(slow, 0.2, 0.02) * rng.lognormal(0, 0.2, 2000)
        highs.append(percentile_bounds(values, one_phase(2000), 0.99).high)
    assert sum(high is not None and high < 0.1838 for high in highs) <= 0.05 * 200


def test_dependent_calls_are_bounded_further_from_the_level(rng):
    """For a p70 the level is the median."""
    values = rng.exponential(0.02, CALLS)
    level, series = float(np.sort(values)[CALLS // 2 - 1]), Series(values, one_phase(CALLS))
    alone, dependent = Effective(200, 100.0, 29.0), Effective(CALLS, 100.0, 29.0)
    near, far = (tail_bound(series, 0.7, often) - level for often in (alone, dependent))
    assert far / near == pytest.approx((1 + 40_000 / CALLS * (1 / 100 - 2 / CALLS)) ** 0.5)


def test_a_timeout_at_the_percentile_is_no_tail(rng):
    slow = rng.random(CALLS) < 0.02
    assert bound(np.where(slow, 0.5, rng.exponential(0.02, CALLS))) is None


def test_a_run_of_few_independent_calls_has_no_bound(rng):
    assert bound(np.repeat(rng.exponential(0.02, 34), 100)) is None


def test_a_percentile_far_beyond_the_levels_has_no_bound(rng):
    assert bound(rng.exponential(0.02, CALLS), quantile=0.9999) is None


def test_calls_that_never_ended_well_raise_the_bound(rng):
    values = rng.exponential(0.02, CALLS)
    lost = values.copy()
    lost[::700] = np.inf
    whole, without = (percentile_bounds(v, one_phase(CALLS), 0.99).high for v in (values, lost))
    assert whole < without < np.inf


def test_more_lost_calls_than_the_percentile_leaves_leave_it_unbounded(rng):
    values = rng.exponential(0.02, CALLS)
    values[::50] = np.inf
    assert percentile_bounds(values, one_phase(CALLS), 0.99).high is None


def test_a_bound_by_the_tail_says_so(rng):
    found = percentile_bounds(one_worker(rng, 0.65), one_phase(CALLS), 0.99)
    assert found.by_tail
    assert found.high is not None


@pytest.mark.parametrize("size", [1, 5, 20])
def test_the_extremal_index_is_one_over_the_length_of_the_clusters(rng, size):
    begins = np.sort(rng.choice(100_000, 400, replace=False)) * size * 10
    positions = (begins[:, None] + np.arange(size)).ravel()
    assert extremal_index(positions) == pytest.approx(1 / size, rel=0.15)


def heavy(rng, n=6000):
    """Durations of some seconds with a tail of shape 0.2 (generalized Pareto)."""
    return 5 * (rng.random(n) ** -0.2 - 1) / 0.2


def test_a_bound_does_not_depend_on_the_unit_of_time(rng):
    values = heavy(rng)
    assert bound(1000 * values) == pytest.approx(1000 * bound(values), rel=1e-6)


def test_independent_excesses_are_worth_as_many_as_they_are(rng):
    found = Excesses.of(Series(rng.exponential(0.02, 20_000), one_phase(20_000)), 0.02)
    count = 20_000 * found.observed
    assert count == pytest.approx(20_000 / np.e, rel=0.05)
    assert (found.mean, found.variance) == (pytest.approx(0.02, rel=0.05), pytest.approx(0.0004, rel=0.1))
    assert found.clusters == pytest.approx(count, rel=0.1)
    assert 0.4 * count < found.worth < 3 * count


def test_too_few_excesses_are_no_tail(rng):
    assert Excesses.of(Series(rng.exponential(0.02, 200), one_phase(200)), 0.2) is None


@pytest.mark.parametrize(("positions", "index"), [([], 1.0), ([5], 1.0), ([5, 6], 1.0), ([5, 90], 1.0)])
def test_so_few_exceedances_show_no_cluster(positions, index):
    assert extremal_index(np.array(positions)) == index


def test_the_value_that_a_share_exceeds_is_where_that_share_lies_beyond():
    fit = TailFit(level=0.02, observed=0.1, share=0.12, scale=0.01, shape=0.1, independent=50.0)
    for share in (0.1, 0.01, 0.001):
        assert fit.beyond(np.array([fit.value_at(share)]))[0] == pytest.approx(share)
    assert fit.value_at(0.12) == fit.value_at(0.5) == 0.02


def test_a_fit_far_from_the_percentile_does_not_cover_it():
    fit = TailFit(level=0.02, observed=0.1, share=0.12, scale=0.01, shape=1e-6, independent=50.0)
    ordered = np.sort(np.random.default_rng(1).exponential(0.001, 1000))
    assert fit.covers(ordered, 0.1 / FARTHEST * 1.01, 0.0)
    assert not fit.covers(ordered, 0.1 / FARTHEST * 0.99, 0.0)


def test_a_run_with_more_beyond_a_value_than_the_fit_is_not_covered(rng):
    """A tenth beyond the level, with excesses of 10 ms on average: a fit with half of that lies below them."""
    values = np.sort(np.concatenate([np.full(9000, 0.01), 0.02 + rng.exponential(0.01, 1000)]))
    for scale, covered in ((0.013, True), (0.005, False)):
        fit = TailFit(level=0.02, observed=0.1, share=0.11, scale=scale, shape=1e-6, independent=1000.0)
        assert fit.covers(values, 0.01, 0.0) is covered


def test_every_parameter_is_worse_than_its_estimate_by_how_uncertain_it_is():
    seen = Estimates(0.1, 0.01, 0.05)
    few, many = (tail_at_bounds(0.02, seen, n, n, 2.0) for n in (50.0, 5000.0))
    assert few.share == pytest.approx(0.1 * np.exp(2.0 / np.sqrt(50)))
    assert few.share > many.share > 0.1
    assert few.scale > many.scale > 0.01
    assert few.shape == pytest.approx(0.05 + 0.25 / np.sqrt(50))
    assert few.shape > many.shape > 0.05
    assert few.value_at(0.01) > many.value_at(0.01)
