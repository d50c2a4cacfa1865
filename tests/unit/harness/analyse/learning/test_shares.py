"""Shares, means and percentiles come with n and an interval."""

from __future__ import annotations

import numpy as np
import pytest

from harness.analyse.learning.shares import mean, quantile, share, share_of_counts

rng = np.random.default_rng(4)


def test_a_share_has_bounds_around_it() -> None:
    found = share("errors", rng.random(5000) < 0.02)

    assert found.n == 5000
    assert (found.low or 1) < 0.02 < (found.high or 0)


def test_a_share_of_nothing_has_no_bounds() -> None:
    found = share("errors", np.zeros(0, dtype=bool))

    assert (found.n, found.low, found.high) == (0, None, None)


def test_a_mean_has_bounds_around_it() -> None:
    found = mean("calls", rng.random(5000))

    assert (found.low or 1) < 0.5 < (found.high or 0)


def test_a_percentile_follows_the_rule_of_all_percentiles() -> None:
    assert quantile("service.p50", np.arange(1.0, 101.0), "p50").value == pytest.approx(50.0)


def test_a_share_of_counts_is_that_of_their_sums() -> None:
    found = share_of_counts("errors", np.array([1.0, 0.0, 3.0]), np.array([100.0, 0.0, 100.0]))

    assert (found.value, found.n) == (0.02, 200)
    assert (found.low or 1) < 0.02 < (found.high or 0)


def test_a_share_of_counts_of_nothing_has_no_bounds() -> None:
    found = share_of_counts("errors", np.zeros(3), np.zeros(3))

    assert (found.value, found.n, found.low, found.high) == (0.0, 0, None, None)


def test_the_interval_of_a_share_of_counts_is_that_of_events_that_lie_together_within_their_step() -> None:
    found = share_of_counts("errors", np.array([1.0, 2.0]), np.array([100.0, 50.0]))

    one_by_one = share("errors", np.repeat([True, False, True, False], [1, 99, 2, 48]))
    assert (found.low, found.high) == (one_by_one.low, one_by_one.high)


def test_the_interval_of_many_events_is_that_of_two_hundred_thousand() -> None:
    part, whole = np.array([500.0, 1000.0] * 25), np.full(50, 10_000.0)
    found, fewer = (share_of_counts("errors", scale * part, scale * whole) for scale in (1.0, 0.4))

    assert (found.n, fewer.n) == (500_000, 200_000)
    assert (found.low, found.high) == (fewer.low, fewer.high)
