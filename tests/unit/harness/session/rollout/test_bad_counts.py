"""Bad calls of two arms, and how much they come in bursts."""

import numpy as np
import pytest

from harness.session.rollout.bad_counts import BadCounts


def counted(canary: np.ndarray, baseline: np.ndarray, share: float = 0.5) -> BadCounts:
    counts = BadCounts(share)
    for one, other in zip(canary, baseline, strict=True):
        counts.add_second(int(one), int(other), 100)
    return counts


def test_totals_are_kept() -> None:
    counts = counted(np.array([1, 0, 2]), np.array([0, 4, 0]))
    assert (counts.canary, counts.baseline, counts.calls, counts.seconds) == (3, 4, 300, 3)


def test_independent_bad_calls_are_worth_one_each() -> None:
    rng = np.random.default_rng(1)
    assert counted(rng.poisson(2, 600), rng.poisson(2, 600)).design_effect == pytest.approx(1.0, abs=0.2)


def test_bad_calls_that_come_five_at_a_time_are_worth_a_fifth() -> None:
    rng = np.random.default_rng(2)
    fives = [5 * rng.poisson(0.2, 600) for _ in range(2)]
    assert counted(*fives).design_effect == pytest.approx(5.0, rel=0.25)


def test_a_burst_that_lasts_for_some_seconds_counts_as_one() -> None:
    canary = np.zeros(200, dtype=int)
    canary[100:105] = 4
    assert counted(canary, np.zeros(200, dtype=int)).design_effect >= 10


def test_an_outage_that_both_share_says_nothing_about_their_difference() -> None:
    rng = np.random.default_rng(3)
    outage = np.where(np.arange(600) % 60 < 3, 30.0, 0.5)
    assert counted(rng.poisson(outage), rng.poisson(outage)).design_effect < 1.5


def test_a_canary_that_is_really_worse_is_no_burst() -> None:
    rng = np.random.default_rng(4)
    assert counted(rng.poisson(20, 300), rng.poisson(0.5, 300)).design_effect < 1.3


def test_with_one_second_it_is_not_known_and_1() -> None:
    assert counted(np.array([7]), np.array([0])).design_effect == 1.0


def test_a_canary_that_is_worse_in_an_outage_only_is_no_burst() -> None:
    rng = np.random.default_rng(5)
    outage = (np.arange(40) >= 12) & (np.arange(40) < 22)
    canary, baseline = rng.poisson(np.where(outage, 9.0, 0.1)), rng.poisson(np.where(outage, 8.0, 0.4))
    assert counted(canary, baseline, 0.25).design_effect < 3.0


def test_two_bursts_are_too_few_to_tell_their_share() -> None:
    canary = np.zeros(10, dtype=int)
    canary[[2, 6]] = 5
    assert counted(canary, np.zeros(10, dtype=int)).design_effect >= 4
