"""Intervals of ratios, quantiles, means and rates."""

import numpy as np
import pytest

from harness.analyse.stats.effective_size import (
    effective,
    effective_of_events,
    spread_of_mean,
    worth_beyond,
    worth_of_frequent,
)
from harness.analyse.stats.intervals import (
    Sides,
    mean_interval,
    percentile_bounds,
    quantile_interval,
    rate_interval,
    sample_floor,
    wilson,
)
from harness.analyse.stats.queueing import waits_s

TRUE_MEDIAN_S = 0.0298
"""Of eight workers of 20 ms at 90% load; tests/load/test_interval_coverage.py has the formula."""


def one_phase(n):
    return np.zeros(n, dtype=np.int64)


def autocorrelated(rng, n, phi):
    """A series whose neighbours correlate by phi; n of its values are worth about n(1-phi)/(1+phi)."""
    noise, series = rng.normal(size=n), np.empty(n)
    series[0] = noise[0]
    for i in range(1, n):
        series[i] = phi * series[i - 1] + noise[i]
    return series


def test_wilson_agrees_with_the_published_example():
    """15 of 50 at 95%: 19.1% to 43.8%."""
    low, high = wilson(0.3, 50, 1.96)
    assert low == pytest.approx(0.191, abs=5e-4)
    assert high == pytest.approx(0.438, abs=5e-4)


def test_no_bad_call_still_leaves_an_upper_bound():
    """c²/(n+c²) for none of n."""
    low, high = wilson(0.0, 1000, 1.96)
    assert low == 0
    assert high == pytest.approx(1.96**2 / (1000 + 1.96**2))


@pytest.mark.parametrize(("quantile", "c", "floor"), [(0.99, 1.96, 381), (0.9, 1.96, 35), (0.99, 2.576, 657)])
def test_the_floor_of_samples_follows_from_wilsons_bound_of_zero(quantile, c, floor):
    assert sample_floor(quantile, c) == floor
    assert wilson(0.0, floor, c).high <= 1 - quantile < wilson(0.0, floor - 1, c).high


def test_a_quantile_has_no_upper_bound_below_the_floor(rng):
    """415 samples by Student's c with 30 batches."""
    few, enough = rng.exponential(size=350), rng.exponential(size=1200)
    assert quantile_interval(few, one_phase(350), 0.99).high is None
    assert quantile_interval(enough, one_phase(1200), 0.99).high is not None


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.9])
def test_the_bound_of_a_p99_is_where_significantly_fewer_than_1_percent_lie_above(rng, correlation):
    """And where a little lower the test of that ratio does not reject: verdicts and intervals agree."""
    values, phases = np.exp(autocorrelated(rng, 20_000, correlation) / 3), one_phase(20_000)
    often = worth_of_frequent(values, phases, 0.99)

    def significantly_fewer(limit):
        worth = worth_beyond(values, phases, limit).at_most(often)
        return (values > limit).mean() < 0.01 - worth.critical * np.sqrt(0.01 * 0.99 / worth.size)

    high = quantile_interval(values, phases, 0.99).high
    ordered = np.sort(values)
    assert significantly_fewer(high)
    assert not significantly_fewer(ordered[np.searchsorted(ordered, high) - 40])


def test_the_median_of_a_short_run_of_a_busy_queue_is_seldom_bounded_too_low(rng):
    """Eight workers of 20 ms at 90% load for 5.6 s: many runs have no busy stretch."""
    too_low = 0
    for _ in range(200):
        arrived, service = np.cumsum(rng.exponential(1 / 360, 6000)), rng.exponential(0.02, 6000)
        seconds = (waits_s(arrived, service, 8) + service)[4000:]
        too_low += quantile_interval(seconds, one_phase(2000), 0.5).high < TRUE_MEDIAN_S
    assert too_low <= 0.05 * 200


def test_few_dependent_samples_bound_a_quantile_by_their_largest_value_at_most(rng):
    values = np.repeat(rng.exponential(size=20), 100)
    assert quantile_interval(values, one_phase(2000), 0.5).high == values.max()


def test_one_hiccup_does_not_unbound_a_p99():
    """20 of 4,000 calls wait up to twice as long in one burst: a p99 below 60 ms is certain, of 25 ms is not."""
    values = np.full(4000, 0.021)
    values[1000:1020] = np.linspace(0.060, 0.022, 20)
    low, high = quantile_interval(values, one_phase(4000), 0.99)
    assert low == pytest.approx(0.021)
    assert 0.025 < high <= 0.060


def test_independent_samples_are_worth_nearly_themselves(rng):
    sizes = [effective(rng.exponential(size=6000), one_phase(6000), 0.99).size for _ in range(20)]
    assert np.median(sizes) > 3000


def test_dependent_samples_are_worth_less(rng):
    """Neighbours that correlate by 0.98 make 99 samples worth one; tails somewhat more."""
    values = np.exp(autocorrelated(rng, 20_000, 0.98) / 5)
    assert effective(values, one_phase(20_000), 0.5).size < 600


def test_drift_below_the_machines_resolution_costs_nothing():
    """20.0 ms in the first half and 20.4 ms in the second is the machine, not a queue."""
    values = np.repeat([0.0200, 0.0204], 2000)
    assert effective(values, one_phase(4000), 0.99).size == 4000


def test_a_change_by_design_is_no_chance():
    """A fault in the middle third makes no burst when the phases are known."""
    values = np.repeat([0.02, 0.32, 0.02], 1000)
    known = np.repeat([0, 1, 2], 1000)
    assert effective(values, known, 0.99).size == 3000
    assert effective(values, one_phase(3000), 0.99).size < 50


def test_what_was_never_seen_takes_its_design_effect_from_elsewhere():
    values = np.zeros(3000)
    assert effective(values, one_phase(3000), 0.99).size == 3000
    assert effective(values, one_phase(3000), 0.99, unseen=10.0).size == 300


def test_few_events_are_worth_no_more_than_the_clusters_of_the_run():
    events = np.zeros(3000, dtype=bool)
    events[[400, 1500, 2700]] = True
    assert effective_of_events(events, one_phase(3000), at_least=10.0).size == pytest.approx(300)


def test_events_in_one_burst_are_worth_less_than_spread_ones():
    burst, spread = np.zeros(3000, dtype=bool), np.zeros(3000, dtype=bool)
    burst[1000:1060] = True
    spread[::50] = True
    assert effective_of_events(spread, one_phase(3000)).size == 3000
    assert effective_of_events(burst, one_phase(3000)).size < 300


def test_batch_means_cover_the_mean_of_dependent_values(rng):
    """Of 200 intervals at most 21 miss the true mean, a chance of 1 in 1,000 at 5%; naive ones miss 80."""
    missed = naive = 0
    for _ in range(200):
        values = np.exp(autocorrelated(rng, 3000, 0.9) * np.sqrt(1 - 0.9**2) / 2)
        low, high = mean_interval(values, one_phase(3000))
        missed += not (low <= np.exp(1 / 8) and (high is None or high >= np.exp(1 / 8)))
        naive += abs(values.mean() - np.exp(1 / 8)) > 1.96 * values.std() / np.sqrt(3000)
    assert missed <= 21
    assert naive > 80


@pytest.mark.parametrize(("every", "n"), [(1000, 4000), (100, 4000)])
def test_the_mean_of_rare_calls_with_several_attempts_is_within_its_interval(rng, every, n):
    """Calls of which one in `every` takes three attempts: at most 21 of 200 intervals miss the mean."""
    missed = 0
    for _ in range(200):
        extra = np.where(rng.random(n) < 1 / every, 2.0, 0.0)
        low, high = mean_interval(extra, one_phase(n))
        missed += not (low <= 2 / every and (high is None or high >= 2 / every))
    assert missed <= 21


def test_the_mean_of_few_bursts_has_no_upper_bound(rng):
    values = np.zeros(5000)
    values[1000:1050] = 1.0
    low, high = mean_interval(values, one_phase(5000))
    assert low < 0.01
    assert high is None


def test_a_spread_known_from_alike_batches_has_fewer_degrees_of_freedom(rng):
    spread = spread_of_mean(autocorrelated(rng, 300, 0.98), one_phase(300))
    assert spread.freedom < 15


def test_a_poisson_rate_is_within_its_interval(rng):
    """95% intervals of the rate of a Poisson process hold it in at least 90% of 200 runs."""
    covered = 0
    for _ in range(200):
        low, high = rate_interval(rng.poisson(200, 30).astype(float), one_phase(30), 1.0)
        covered += low <= 200 <= high
    assert covered >= 180


def test_two_phases_of_arrivals_do_not_widen_the_interval_of_the_rate(rng):
    counts = np.concatenate([rng.poisson(100, 15), rng.poisson(300, 15)]).astype(float)
    low, high = rate_interval(counts, np.repeat([0, 1], 15), 1.0)
    assert high - low < 20


def test_one_sample_has_no_interval():
    assert mean_interval(np.ones(1), one_phase(1)) == (None, None)
    assert quantile_interval(np.ones(1), one_phase(1), 0.5) == (None, None)


def test_no_samples_say_nothing_of_a_ratio():
    assert wilson(0.5, 0.0, 1.96) == (None, None)


def test_a_ratio_of_zero_or_one_has_a_bound_on_one_side_alone():
    assert wilson(0.0, 10, 1.96) == (0.0, pytest.approx(0.2775, abs=1e-4))
    assert wilson(1.0, 10, 1.96) == (pytest.approx(0.7225, abs=1e-4), 1.0)


def test_eighty_independent_samples_are_the_fewest_whose_mean_is_bounded_above(rng):
    values = rng.normal(1.0, 0.01, 80)
    assert mean_interval(values, one_phase(80)).high == pytest.approx(1.0, abs=0.02)
    assert mean_interval(values[:79], one_phase(79)).high is None
    assert mean_interval(values[:79], one_phase(79)).low == pytest.approx(1.0, abs=0.02)


def test_a_mean_of_nothing_is_zero_without_doubt():
    assert mean_interval(np.zeros(100), one_phase(100)) == (0.0, 0.0)


def test_two_bins_bound_a_rate_and_one_does_not():
    """Student's quantile with one degree of freedom is 12.706."""
    low, high = rate_interval(np.array([90.0, 110.0]), one_phase(2), 2.0)
    assert (low, high) == (0.0, pytest.approx((100 + 12.706 * 10) / 2, rel=1e-3))
    assert rate_interval(np.array([90.0]), one_phase(1), 2.0) == (None, None)


def test_a_few_calls_that_never_ended_leave_a_bound_by_the_tail(rng):
    """Three of 10,000: the share that they may be is less than half of what p99 leaves."""
    values_s = rng.exponential(0.02, 10_000)
    before = percentile_bounds(values_s, one_phase(10_000), 0.99)
    values_s[[2500, 5000, 7500]] = np.inf
    found = percentile_bounds(values_s, one_phase(10_000), 0.99)
    assert (before.by_tail, found.by_tail) == (True, True)
    assert before.high < found.high < 1.2 * before.high


def test_the_sides_of_a_percentile_have_the_confidence_that_was_asked(rng):
    values_s = rng.exponential(0.02, 3400)
    wide, narrow = (
        percentile_bounds(values_s, one_phase(3400), 0.5, sides=Sides(side, side)) for side in (0.999, 0.9)
    )
    assert wide.low < narrow.low < 0.02 * np.log(2) * 1.1
    assert narrow.high < wide.high


def test_the_upper_bound_of_a_quantile_up_to_p75_counts_the_bursts_at_p90(rng):
    """The slowest 5% come 20 at a time. So the bound of p75 is further out than that of p76, which does not."""
    values = rng.uniform(0.01, 0.02, 4000).reshape(200, 20)
    values[rng.choice(200, 10, replace=False)] += 0.03
    values = values.ravel()
    bounds = [quantile_interval(values, one_phase(4000), quantile).high for quantile in (0.75, 0.76)]
    assert bounds[0] > bounds[1]
