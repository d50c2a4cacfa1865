"""What a series of values computes once for all statistics of it."""

from __future__ import annotations

import numpy as np
import pytest

from harness.analyse.stats.effective_size import (
    Effective,
    Series,
    autocorrelation_factor,
    batch_means,
    centred,
    effective_of_events,
    spread_of_batches,
)


def test_what_is_computed_of_a_series_at_a_level_is_computed_once(rng):
    series = Series(rng.exponential(0.02, 400), np.zeros(400, dtype=np.int64))
    for level in (0.1, 0.2, 0.1):
        series.kept(_noted, level).append(level)
    assert series.kept(_noted, 0.1) == [0.1, 0.1]
    assert series.kept(_noted, 0.2) == [0.2]


def _noted(_: Series, __: float) -> list[float]:
    return []


def test_independent_samples_and_a_design_effect_that_may_be_chance_widen_nothing():
    assert Effective(1000, 1000.0, 29.0).widening(120.0) == 1.0
    assert Effective(1000, 500.0, 29.0).widening(120.0) == 1.0


def test_few_samples_of_dependent_calls_reach_further():
    assert Effective(1000, 100.0, 29.0).widening(120.0) == pytest.approx(
        (1 + 120 * (1 / 100 - 2 / 1000)) ** 0.5
    )


def test_the_mean_of_two_batches_is_as_uncertain_as_half_of_their_distance():
    spread = spread_of_batches(np.array([0.0, 1.0]))
    assert (spread.variance, spread.freedom) == (pytest.approx(0.25), 1.0)


def test_each_mean_that_was_taken_out_costs_a_degree_of_freedom():
    means = np.tile([-1.0, 1.0], 6)
    for phases, freedom in ((0, 11), (1, 11), (3, 9)):
        spread = spread_of_batches(means, phases)
        assert (spread.variance, spread.freedom) == (pytest.approx(1 / freedom), float(freedom))


def test_a_phase_without_values_changes_nothing():
    """Nor does it divide by zero."""
    with np.errstate(all="raise"):
        apart = centred(np.array([1.0, 3.0, 7.0, 9.0]), np.array([0, 0, 2, 2]))
    assert list(apart) == [-1.0, 1.0, -1.0, 1.0]


def test_equal_batches_are_not_correlated_and_alternating_ones_count_as_independent():
    assert autocorrelation_factor(np.ones(30)) == 1.0
    assert autocorrelation_factor(np.tile([0.0, 1.0], 15)) == 1.0


def test_the_correlation_of_neighbours_is_assumed_to_be_at_most_0_8():
    """Then the variance is nine times as large."""
    assert autocorrelation_factor(np.arange(30.0)) == pytest.approx(9.0)


def test_eight_values_make_two_batches_and_30_batches_are_the_most():
    assert list(batch_means(np.arange(8.0))) == [1.5, 5.5]
    assert len(batch_means(np.arange(1000.0))) == 30
    assert batch_means(np.arange(1000.0)).mean() == pytest.approx(499.5, abs=0.5)


def test_few_values_are_worth_themselves_with_the_freedom_of_their_batches():
    series = Series(np.full(8, 0.02), np.zeros(8, dtype=np.int64))
    assert series.worth_of_frequent(0.5) == Effective(8, 8.0, 1.0)


def test_one_event_shows_no_cluster():
    assert effective_of_events(np.array([True]), np.zeros(1, dtype=np.int64)) == Effective(1, 1.0, 1.0)


@pytest.mark.parametrize(("count", "size"), [(9, 100.0), (10, 1000.0)])
def test_fewer_than_ten_events_are_worth_what_is_assumed_of_clusters(count, size):
    """Of 1,000, spread evenly, with an assumed design effect of ten."""
    events = np.zeros(1000, dtype=bool)
    events[50 :: 1000 // count][:count] = True
    for kind in (events, ~events):
        found = effective_of_events(kind, np.zeros(1000, dtype=np.int64), 10.0)
        assert found.size == pytest.approx(size, rel=0.1)


def test_values_above_a_border_are_those_that_are_larger():
    series = Series(np.array([1.0, 2.0, 2.0, 3.0]), np.zeros(4, dtype=np.int64))
    assert [series.count_above(border) for border in (0.5, 1.0, 2.0, 3.0)] == [4, 3, 1, 0]


def test_nothing_lies_above_an_infinite_border_but_infinite_values():
    values = np.where(np.arange(1000) % 20 == 0, np.inf, 0.02)
    series = Series(values, np.zeros(1000, dtype=np.int64))
    assert series.worth_beyond(np.inf).size == pytest.approx(series.worth_beyond(1.0).size)


def test_the_finite_values_keep_their_phases():
    series = Series(np.array([1.0, np.inf, 3.0]), np.array([0, 1, 1]))
    assert list(series.finite.values) == [1.0, 3.0]
    assert list(series.finite.phases) == [0, 1]
    assert series.finite.finite is series.finite


def test_bursts_at_p99_count_for_percentiles_beyond_it():
    """Of 10,000 values the largest 1% lie together, and the 5% below them are spread evenly."""
    values = np.where(np.arange(10_000) % 20 == 0, 2.0, 1.0)
    values[4000:4100] = 10.0
    series = Series(values, np.zeros(10_000, dtype=np.int64))
    assert series.worth_of_frequent(0.999).size < 0.5 * series.worth_of_frequent(0.99).size


def test_few_events_are_worth_what_they_show_where_nothing_is_assumed():
    events = np.zeros(1000, dtype=bool)
    events[100::200] = True
    assert effective_of_events(events, np.zeros(1000, dtype=np.int64)).size == 1000.0


def test_samples_of_one_kind_are_worth_what_is_assumed_with_the_freedom_of_their_batches():
    none = np.zeros(1000, dtype=bool)
    assert effective_of_events(none, np.zeros(1000, dtype=np.int64), 4.0) == Effective(1000, 250.0, 29.0)


def test_the_mean_of_a_phase_with_one_value_is_that_value():
    assert list(centred(np.array([5.0, 1.0, 3.0]), np.array([0, 1, 1]))) == [0.0, -1.0, 1.0]


def test_a_spread_is_known_with_one_degree_of_freedom_at_least():
    assert spread_of_batches(np.arange(4.0), phases=3).freedom == 1.0


def test_a_level_counts_where_exactly_so_many_values_lie_above_it():
    """Of 1,000 values the largest quarter lie together."""
    values = np.repeat([1.0, 2.0, 1.0], [400, 250, 350])
    assert Series(values, np.zeros(1000, dtype=np.int64)).worth_of_frequent(0.75).size < 100.0
