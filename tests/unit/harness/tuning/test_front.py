"""The Pareto front, its order, and changes that are not needed."""

from __future__ import annotations

from dataclasses import replace

from harness.model.tuning import AMPLIFICATION, GOODPUT
from harness.tuning.front import in_order, pareto_front, simplest, told_apart, worse
from tests.unit.harness.tuning.arithmetic import LIMIT, played, spec

SCENARIO = spec().scenario
GOOD = {"timeout.read_s": 0.5, "retry.total": 1}


def test_a_policy_that_another_one_dominates_is_not_on_the_front():
    trials = played(
        [{}, GOOD, {"timeout.read_s": 0.5, "retry.total": 0}, {"timeout.read_s": 0.3, "retry.total": 1}]
    )
    assert pareto_front(trials, SCENARIO) == [1, 2]


def test_a_policy_that_breaks_a_threshold_is_not_on_the_front_while_another_keeps_it():
    cheap = {"timeout.read_s": 8.0, "retry.total": 0}
    assert pareto_front(played([cheap, GOOD]), SCENARIO) == [1]


def test_of_two_policies_that_are_as_good_the_one_with_fewer_changes_is_best():
    assert pareto_front(played([{**GOOD, "adapter.pool_maxsize": 70}, GOOD]), SCENARIO) == [1]


def test_of_equal_policies_the_first_one_is_on_the_front():
    assert pareto_front(played([{}, GOOD, dict(reversed(GOOD.items())), GOOD]), SCENARIO) == [1]


def test_where_none_keeps_the_thresholds_the_nearest_ones_are_the_front():
    own, other = played([{}, {"retry.total": 0}])
    further = replace(other, values=tuple({**each, LIMIT: 9.0} for each in other.values))
    assert pareto_front([own, other, further], SCENARIO) == [0, 1]


def test_the_most_balanced_policy_comes_first():
    def three(values):
        return {
            0: (100.0, 0.020, 1.00), 1: (99.0, 0.021, 1.01), 2: (120.0, 0.060, 1.50)
        }[values["retry.total"]]  # fmt: skip

    trials = played([{"timeout.read_s": 1.0, "retry.total": n} for n in range(3)], three)
    front = pareto_front(trials, SCENARIO)
    assert in_order(trials, front)[0] != 2
    assert set(in_order(trials, front)) == set(front)


def test_changes_that_make_no_difference_are_taken_back():
    own, full = played([{}, {**GOOD, "adapter.pool_maxsize": 70}])
    assert simplest(full, own, SCENARIO, played).settings == GOOD


def test_a_change_that_keeps_a_threshold_stays():
    def only_the_threshold(_values):
        return 100.0, 0.02, 1.0

    own, full = played([{}, {"timeout.read_s": 0.5, "adapter.pool_maxsize": 70}], only_the_threshold)
    found = simplest(full, own, SCENARIO, lambda many: played(many, only_the_threshold))
    assert found.settings == {"timeout.read_s": 0.5}


def test_a_policy_without_a_change_is_the_one_that_one_has():
    own, full = played([{}, {"adapter.pool_maxsize": 70}])
    assert simplest(full, own, SCENARIO, played) is own


def test_what_is_worse_is_named():
    before, after = played([GOOD, {"timeout.read_s": 0.5, "retry.total": 3}])
    assert AMPLIFICATION in worse(before, after)
    assert GOODPUT not in worse(before, after)


def test_policies_that_differ_in_nothing_are_not_told_apart():
    a, b, c = played([GOOD, {**GOOD, "adapter.pool_maxsize": 3}, {"timeout.read_s": 0.5, "retry.total": 0}])
    assert not told_apart(b, [a, c])
    assert told_apart(c, [a, b])
