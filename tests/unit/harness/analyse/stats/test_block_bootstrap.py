"""Stretches of runs, and statistics that are drawn over them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from harness.analyse.stats.block_bootstrap import (
    _CANDIDATES,
    Partition,
    Share,
    distribution_by_stretch,
    partition,
    partition_at,
)

ONE = np.zeros(4, dtype=np.int64)


def test_times_belong_to_the_stretch_they_lie_in_and_those_outside_to_the_nearest():
    cut = Partition(np.array([1.0, 2.0, 3.0, 4.0, 5.0]), ONE)
    at_s = np.array([0.0, 1.0, 1.99, 2.0, 4.99, 5.0, 9.0])
    assert list(cut.place(at_s)) == [0, 0, 0, 1, 3, 3, 3]
    assert (cut.count, list(cut.lengths_s)) == (4, [1.0] * 4)
    assert (cut.window.start_s, cut.window.end_s) == (1.0, 5.0)


def test_runs_are_cut_where_all_of_them_count(make):
    """One counts from 2 s to 20 s, the other from 4 s to 16 s."""
    runs = [make(np.full(4000, 0.01), warmup_s=2.0), make(np.full(3200, 0.01), warmup_s=4.0)]
    for pair in (runs, runs[::-1]):
        cut = partition(pair)
        assert (cut.edges[0], cut.edges[-1]) == (4.0, 16.0)
        assert cut.count == 24, "half a second each"


def test_a_long_run_has_thirty_stretches_and_one_of_less_than_five_seconds_none(make):
    assert partition([make(np.full(9000, 0.01))]).count == 30
    assert partition([make(np.full(1000, 0.01))]).count == 10
    assert partition([make(np.full(980, 0.01))]) is None


def phases(make, *changes_s):
    run = replace(make(np.full(4000, 0.01)), changes_s=changes_s)
    return list(partition_at(np.arange(21.0), run).phases)


def test_stretches_have_the_phase_of_their_middle(make):
    assert phases(make, 8.0, 14.0) == [0] * 8 + [1] * 6 + [2] * 6
    assert phases(make, 7.4) == [0] * 7 + [1] * 13
    assert phases(make, 7.6) == [0] * 8 + [1] * 12


def test_a_phase_of_fewer_than_four_stretches_joins_the_one_before(make):
    assert phases(make, 8.0, 12.0) == [0] * 8 + [1] * 4 + [2] * 8
    assert phases(make, 8.0, 11.0) == [0] * 11 + [2] * 9
    assert phases(make, 17.0) == [0] * 20


def test_a_short_first_phase_joins_the_next(make):
    assert phases(make, 3.0) == [1] * 20
    assert phases(make, 4.0) == [0] * 4 + [1] * 16


def test_a_share_is_a_ratio_of_sums_under_any_weights():
    share = Share(np.array([1.0, 0.0, 3.0]), np.array([10.0, 10.0, 20.0]), 40)
    assert share.value == pytest.approx(0.1)
    drawn = share.under(np.array([[1.0, 1, 1], [2, 1, 0], [0, 3, 0]]))
    assert list(drawn) == pytest.approx([0.1, 2 / 30, 0.0])


def test_a_draw_without_any_call_keeps_the_share():
    share = Share(np.array([1.0, 0.0]), np.array([10.0, 0.0]), 10)
    assert list(share.under(np.array([[0.0, 2.0]]))) == [share.value]


def test_the_influences_of_all_stretches_on_a_share_cancel():
    share = Share(np.array([1.0, 0.0, 3.0]), np.array([10.0, 10.0, 20.0]), 40)
    assert share.influence == pytest.approx([0.0, -0.075, 0.075])


values = arrays(float, 60, elements=st.floats(0.0, 1.0))


@given(values, st.sampled_from([0.1, 0.5, 0.9, 0.95]))
def test_a_quantile_over_stretches_is_that_of_all_values(seconds, quantile):
    found = distribution_by_stretch(seconds, np.repeat(np.arange(6), 10), 6).quantile(quantile)
    assert found.value == np.quantile(seconds, quantile, method="inverted_cdf")


@given(values, st.lists(st.integers(0, 5), min_size=6, max_size=6))
def test_a_quantile_of_drawn_stretches_is_that_of_their_values(seconds, drawn):
    place = np.repeat(np.arange(6), 10)
    weights = np.bincount(drawn, minlength=6).astype(float)[None, :]
    found = distribution_by_stretch(seconds, place, 6).quantile(0.9).under(weights)[0]
    chosen = np.concatenate([seconds[place == stretch] for stretch in drawn])
    assert found == np.quantile(chosen, 0.9, method="inverted_cdf")


@pytest.mark.parametrize(("quantile", "n"), [(0.5, 30), (0.9, 6), (0.99, 0), (0.1, 6)])
def test_a_quantile_rests_on_the_calls_beyond_it(quantile, n):
    assert distribution_by_stretch(np.arange(60.0), np.repeat(np.arange(6), 10), 6).quantile(quantile).n == n


def test_a_stretch_with_more_slow_calls_pulls_a_quantile_up():
    """Of ten calls each, the last stretch has all six of the slowest tenth."""
    found = distribution_by_stretch(np.arange(60.0), np.repeat(np.arange(6), 10), 6).quantile(0.9)
    assert found.influence == pytest.approx([-0.1] * 5 + [0.5])
    assert found.influence.sum() == pytest.approx(0.0, abs=1e-9)


def test_of_many_values_the_largest_and_the_tail_are_kept(rng):
    seconds = rng.exponential(size=50_000)
    shape = distribution_by_stretch(seconds, np.repeat(np.arange(10), 5000), 10)
    assert shape.candidates[-1] == seconds.max()
    assert len(shape.candidates) < 20_000
    assert shape.quantile(0.9999).value == pytest.approx(np.quantile(seconds, 0.9999), rel=0.02)


def test_of_many_values_no_more_than_one_in_a_few_thousand_lies_between_two_candidates():
    shape = distribution_by_stretch(np.arange(50_000.0), np.zeros(50_000, dtype=np.int64), 1)
    assert np.diff(shape.candidates).max() <= np.ceil(50_000 / (_CANDIDATES - 1))
