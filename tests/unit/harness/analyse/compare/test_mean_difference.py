"""Intervals of mean differences, on simulated pairs of runs whose true difference is known."""

from __future__ import annotations

import numpy as np
import pytest

from harness.analyse.compare.mean_difference import PairDifference, half_width
from harness.analyse.compare.paired_differences import EACH_CONFIDENCE, resolution, usual_spread
from harness.model.run_effect import ASSUMED

P99_S, WITHIN_S = 0.1, 0.001
COMPARISONS = 2000


def halves(effect, count, difference_s=0.0):
    """Mean differences of a p99 of 100 ms over `count` pairs, and half of their intervals, shapes (comparisons,).

    Every run has a machine effect of its own; within runs p99 scatters by 1 ms.
    """
    rng = np.random.default_rng([int(100 * effect), count])
    between_s = np.sqrt(2.0) * effect * P99_S
    seen_s = difference_s + np.hypot(between_s, WITHIN_S) * rng.normal(size=(COMPARISONS, count))
    usual_s = usual_spread("s", P99_S, ASSUMED)
    found = [
        half_width([PairDifference(value, WITHIN_S**2, 25.0) for value in row], usual_s, EACH_CONFIDENCE)
        for row in seen_s
    ]
    return seen_s.mean(axis=1), np.array(found)


@pytest.mark.parametrize("effect", [0.0, 0.02, 0.05])
@pytest.mark.parametrize("count", [3, 6])
def test_intervals_cover_the_true_difference(effect, count):
    mean_s, half_s = halves(effect, count)
    assert np.mean(np.abs(mean_s) <= half_s) >= 0.94


@pytest.mark.parametrize("effect", [0.0, 0.02, 0.05])
@pytest.mark.parametrize("count", [2, 3, 6])
def test_identical_policies_seldom_differ(effect, count):
    mean_s, half_s = halves(effect, count)
    assert np.mean(np.abs(mean_s) - half_s > resolution("s", P99_S)) <= 0.05


def test_a_tenth_more_is_found_with_six_pairs():
    mean_s, half_s = halves(0.02, 6, difference_s=0.1 * P99_S)
    assert np.mean(mean_s - half_s > resolution("s", P99_S)) >= 0.8


def test_the_interval_of_one_pair_is_about_its_stretches_alone():
    pair = PairDifference(0.01, WITHIN_S**2, 25.0)
    assert half_width([pair], 0.0, 0.95) == half_width([pair], 1.0, 0.95) == pytest.approx(2.06e-3, rel=1e-3)


def test_many_pairs_know_their_own_scatter():
    """Of 400 pairs the usual spread counts nearly nothing."""
    rng = np.random.default_rng(3)
    pairs = [PairDifference(value, WITHIN_S**2, 25.0) for value in rng.normal(0.0, 0.005, 400)]
    assert half_width(pairs, 0.01, 0.95) == pytest.approx(1.96 * 0.005 / 20, rel=0.1)


def test_the_usual_spread_is_of_times_and_rates_in_proportion():
    assert usual_spread("s", 2.0, ASSUMED) == pytest.approx(2 * ASSUMED.spread)
    assert usual_spread("1/s", 200.0, ASSUMED) == pytest.approx(200 * ASSUMED.spread)
    assert usual_spread("attempts/call", 2.0, ASSUMED) == pytest.approx(0.01 / 1.96)


def test_less_than_one_degree_of_freedom_counts_as_one():
    """Student's quantile of 95% is 12.706 for one degree of freedom, and 4.303 for two."""
    few = PairDifference(0.01, WITHIN_S**2, 0.5)
    assert half_width([few], 0.0, 0.95) == pytest.approx(12.706 * WITHIN_S, rel=1e-3)


def test_two_pairs_share_their_degrees_of_freedom():
    """With one each, the usual variance counts as two pairs more, and the scatter of two pairs as one: 3 in all."""
    pairs = [PairDifference(0.01, WITHIN_S**2, 1.0), PairDifference(0.01, WITHIN_S**2, 1.0)]
    expected = 3.182 * np.sqrt(2 * WITHIN_S**2 / 3 / 2)
    assert half_width(pairs, 0.0, 0.95) == pytest.approx(expected, rel=1e-3)
