"""What runs in the lab say of predictions."""

from __future__ import annotations

import pytest

from harness.model.tuning import AMPLIFICATION, GOODPUT, Candidate, LabCheck
from harness.model.verdict import Comparison, Decision, Fail, Inconclusive, Measurement, Pass
from harness.tuning import confirmation
from harness.tuning.confirmation import compared, inside, plan_of, tuned_policy, winner_of
from harness.tuning.trial import candidate_of
from tests.unit.harness.tuning.arithmetic import played, spec

OWN, GOOD = played([{}, {"timeout.read_s": 0.5, "retry.total": 1}])


def m(objective, value, half):
    return Measurement(
        name=objective.name, value=value, unit=objective.unit, n=100, low=value - half, high=value + half
    )


def check(number, goodput, amplification, verdict=None, half=0.01):
    measured = {
        GOODPUT.name: m(GOODPUT, goodput, half * goodput),
        AMPLIFICATION.name: m(AMPLIFICATION, amplification, half),
    }
    return LabCheck(
        number=number,
        policy=f"p{number}",
        run=f"r{number}",
        seed=1,
        verdict=verdict or Pass(),
        measured=measured,
    )


def test_a_candidate_runs_under_its_own_name_with_a_seed_that_the_search_did_not_use():
    asked = spec()
    plan = plan_of(asked, candidate_of(7, GOOD, asked.scenario))
    assert plan.policy.name == "textbook-tuned-7"
    assert plan.scenario.seed == asked.scenario.seed + asked.seeds
    assert (plan.policy.timeout.read_s, plan.policy.retry.total) == (0.5, 1)


def test_the_policy_that_one_has_runs_as_it_is():
    asked = spec()
    assert plan_of(asked, candidate_of(0, OWN, asked.scenario)).policy is asked.policy


def test_a_long_name_leaves_room_for_the_number():
    asked = spec()
    long = asked.policy.model_copy(update={"name": "p" * 60})
    assert (
        len(tuned_policy(long, Candidate(number=1234, settings={"retry.total": 1}, predicted={})).name) <= 60
    )


def test_a_run_that_shows_what_was_predicted_contradicts_nothing():
    assert compared(check(1, 150, 1.1), check(0, 125, 1.4), GOOD, OWN).against == ()


def test_a_run_that_shows_the_opposite_is_against_the_prediction():
    found = compared(check(1, 110, 1.1), check(0, 125, 1.4), GOOD, OWN)
    assert found.against == (GOODPUT.name,)
    assert not found.confirmed


def test_intervals_that_overlap_show_nothing_against_a_prediction():
    assert compared(check(1, 120, 1.1, half=0.1), check(0, 125, 1.4, half=0.1), GOOD, OWN).against == ()


def test_a_difference_that_was_not_predicted_contradicts_nothing():
    assert compared(check(1, 110, 1.9), check(0, 125, 1.4), OWN, OWN).against == ()


@pytest.mark.parametrize(("verdict", "confirmed"), [(Pass(), True), (Fail(), False), (Inconclusive(), False)])
def test_only_a_run_that_passed_confirms(verdict, confirmed):
    assert check(1, 150, 1.1, verdict).confirmed is confirmed


@pytest.mark.parametrize(
    ("kind", "policy", "winner"),
    [
        ("clear winner", "p2", 2),  # The comparison recommends the second one.
        ("trade-off", "p2", 1),
        ("undecided", None, 1),
        ("clear winner", "p0", None),  # The policy that is there is better.
        ("clear winner", "p3", None),  # It passed, and contradicts the prediction.
        ("none holds", "p1", 1),
    ],
)
def test_the_winner_is_confirmed_and_not_worse_than_what_is_there(monkeypatch, kind, policy, winner):
    checks = [check(0, 1, 1), check(1, 1, 1), check(2, 1, 1)]
    checks.append(check(3, 1, 1).model_copy(update={"against": (GOODPUT.name,)}))
    decision = Decision(kind=kind, policy=policy)
    compared_runs = Comparison(policies=(), seeds=(), deltas=(), decision=decision)
    monkeypatch.setattr(confirmation, "compare_records", lambda _: compared_runs)
    assert winner_of(checks, [None, None]) == (decision, winner)


def test_a_value_is_inside_a_band_up_to_its_ends_and_beyond_an_open_one():
    band = m(GOODPUT, 100.0, 5.0)
    assert inside(band, m(GOODPUT, 105.0, 1))
    assert not inside(band, m(GOODPUT, 105.1, 1))
    assert inside(band.model_copy(update={"high": None}), m(GOODPUT, 500.0, 1))
