"""When a comparison is long enough."""

from __future__ import annotations

import pytest

from harness.analyse.compare.seed_schedule import AT_MOST, next_seed, wide_differences
from harness.model.verdict import Comparison, Difference


def comparison(half, unit="s", a=0.1, runs=2):
    delta = Difference(
        measurement="latency.p99", unit=unit, policy_a="a", policy_b="b", a=a, b=a,
        difference=0.0, low=None if half is None else -half, high=half, pairs=30, runs=runs,
        verdict="no difference shown",
    )  # fmt: skip
    return Comparison(policies=("a", "b"), seeds=(1,), deltas=(delta,))


def test_only_the_given_seeds_are_used_while_nothing_is_wanting():
    assert [next_seed((7, 9), made, 60.0, wanting=False) for made in range(3)] == [7, 9, None]


def test_further_seeds_follow_while_something_is_wanting():
    assert [next_seed((7, 9), made, 60.0, wanting=True) for made in (2, 3)] == [10, 11]


def test_no_round_begins_when_time_is_up_but_the_first():
    assert next_seed((7, 9), 1, 0.0, wanting=True) is None
    assert next_seed((7, 9), 0, 0.0, wanting=True) == 7


def test_the_rounds_end_at_fifty():
    assert next_seed((7, 9), AT_MOST, 60.0, wanting=True) is None


def test_a_tight_interval_is_not_wide():
    assert len(wide_differences(comparison(0.02), 0.05)) == 1
    assert wide_differences(comparison(0.004), 0.05) == []


def test_an_open_interval_is_never_tight():
    assert len(wide_differences(comparison(None), 0.5)) == 1


def test_the_interval_of_two_runs_only_is_never_tight():
    assert len(wide_differences(comparison(0.0001, runs=1), 0.05)) == 1


def test_an_interval_below_the_resolution_is_narrow_enough():
    assert wide_differences(comparison(0.0009, a=0.001), 0.05) == []


def test_errors_are_measured_against_all_calls():
    assert wide_differences(comparison(0.04, unit="ratio", a=0.001), 0.05) == []
    assert len(wide_differences(comparison(0.06, unit="ratio", a=0.001), 0.05)) == 1


def test_a_difference_that_is_undefined_asks_for_no_more_seeds() -> None:
    undefined = Difference(
        measurement="latency.p99", unit="s", policy_a="a", policy_b="b", a=0.1, b=None, difference=None, low=None,
        high=None, pairs=30, verdict="undefined",
    )  # fmt: skip
    assert wide_differences(Comparison(policies=("a", "b"), seeds=(1,), deltas=(undefined,)), 0.05) == []


@pytest.mark.parametrize(("half", "wide"), [(0.005, False), (0.0051, True)])
def test_half_of_the_interval_may_be_just_the_share_of_the_smaller_measurement(half, wide):
    found = comparison(half)
    (delta,) = found.deltas
    larger = found.model_copy(update={"deltas": (delta.model_copy(update={"b": 0.3}),)})
    assert bool(wide_differences(larger, 0.05)) is wide


def test_after_the_given_seeds_come_those_after_the_highest():
    assert [next_seed((9, 7, 3), made, 60.0, wanting=True) for made in (3, 4)] == [10, 11]
    assert next_seed((7,), AT_MOST - 1, 60.0, wanting=True) == 7 + AT_MOST - 1


def test_a_moment_that_is_left_is_enough_to_begin_a_round():
    assert next_seed((7, 9), 1, 0.5, wanting=False) == 9


@pytest.mark.parametrize("side", ["low", "high"])
def test_an_interval_that_is_open_on_one_side_is_never_tight(side):
    found = comparison(0.0001)
    (delta,) = found.deltas
    open_ = found.model_copy(update={"deltas": (delta.model_copy(update={side: None}),)})
    assert len(wide_differences(open_, 0.5)) == 1
