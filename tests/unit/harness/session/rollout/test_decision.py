"""From counts, second by second, to a decision."""

import numpy as np
import pytest

from harness.model.rollout import RolloutLimits, RolloutPlan, RolloutStep
from harness.session.rollout.decision import ArmSecond, ComparedSecond, RolloutDecision

HALF = RolloutPlan(name="half", steps=(RolloutStep(share=0.5, at_most_s=60),))
TWO = RolloutPlan(name="two", steps=(RolloutStep(share=0.1), RolloutStep(share=0.5)))


def after(decision: RolloutDecision, seconds: int, canary: ArmSecond, baseline: ArmSecond) -> str:
    for _ in range(seconds):
        decision.add(canary, baseline)
    return decision.state


def test_a_canary_with_more_bad_calls_is_rolled_back_and_gets_nothing_any_more() -> None:
    decision = RolloutDecision(HALF)
    assert after(decision, 30, ArmSecond(100, 3), ArmSecond(100, 1)) == "rolled back"
    assert decision.reason == "more bad calls than the baseline"
    assert decision.share == 0.0


def test_a_canary_that_is_alike_is_promoted_and_gets_everything() -> None:
    decision = RolloutDecision(HALF)
    assert after(decision, 60, ArmSecond(1000, 50), ArmSecond(1000, 50)) == "promoted"
    assert decision.share == 1.0


def test_without_any_bad_call_enough_calls_pass_a_step() -> None:
    decision, least = RolloutDecision(HALF), 5_400
    per_second = least // 20
    after(decision, 19, ArmSecond(per_second, 0), ArmSecond(per_second, 0))
    assert decision.state == "comparing"
    assert after(decision, 5, ArmSecond(per_second, 0), ArmSecond(per_second, 0)) == "promoted"


def test_nothing_is_compared_before_the_least_time_of_a_step() -> None:
    decision = RolloutDecision(HALF)
    after(decision, 9, ArmSecond(100, 5), ArmSecond(100, 0))
    assert decision.state == "comparing"
    assert after(decision, 1, ArmSecond(100, 5), ArmSecond(100, 0)) == "rolled back"


def test_what_is_not_decided_in_time_stays_at_its_share() -> None:
    decision = RolloutDecision(HALF)
    assert after(decision, 60, ArmSecond(10, 0), ArmSecond(10, 0)) == "inconclusive"
    assert decision.reason == "not decided within 60 s at this share"
    assert decision.share == 0.5


def test_a_passed_step_leads_to_the_next_which_begins_with_no_counts() -> None:
    decision = RolloutDecision(TWO)
    while decision.step == 0:
        decision.add(ArmSecond(1000, 50), ArmSecond(9000, 450))
    assert decision.state == "comparing"
    assert decision.share == 0.5
    assert decision.evidence().worse == pytest.approx(0.0)


def test_after_a_decision_nothing_changes_any_more() -> None:
    decision = RolloutDecision(HALF)
    after(decision, 30, ArmSecond(100, 10), ArmSecond(100, 0))
    seconds = decision.seconds
    assert after(decision, 30, ArmSecond(100, 0), ArmSecond(100, 50)) == "rolled back"
    assert decision.seconds == seconds


@pytest.mark.parametrize(
    ("canary", "reason"),
    [
        (ArmSecond(100, 100), "fast burn rate"),
        (ArmSecond(100, 0, over_ceiling=100), "latency ceiling"),
        (ArmSecond(100, 0, waiting=9), "queue depth"),
    ],
)
def test_a_limit_ends_the_rollout_at_once(canary: ArmSecond, reason: str) -> None:
    limits = RolloutLimits(queue_depth=5, latency_ceiling_s=1.0)
    decision = RolloutDecision(HALF.model_copy(update={"limits": limits}))
    assert after(decision, 20, canary, ArmSecond(100, 0)) == "rolled back"
    assert decision.reason == reason
    assert decision.seconds <= 12


def test_an_outage_of_the_upstream_is_not_the_canarys() -> None:
    decision = RolloutDecision(HALF)
    after(decision, 5, ArmSecond(100, 0), ArmSecond(100, 0))
    assert after(decision, 10, ArmSecond(100, 100), ArmSecond(100, 100)) != "rolled back"
    assert not decision.evidence().broken


def test_a_listener_hears_of_each_second_what_it_showed_and_what_followed() -> None:
    decision, heard = RolloutDecision(HALF), list[ComparedSecond]()
    decision.listeners.append(heard.append)
    after(decision, 40, ArmSecond(100, 3), ArmSecond(100, 1))
    assert [second.number for second in heard] == list(range(1, len(heard) + 1))
    assert [second.state for second in heard[-2:]] == ["comparing", "rolled back"]
    assert (heard[-1].share, heard[-1].reason) == (0.5, decision.reason)
    assert heard[-1].evidence is decision.seen


def test_a_policy_that_is_worse_in_an_outage_only_is_found_in_it() -> None:
    """Ten seconds of an outage that both arms meet, in which the canary fails three times as often."""
    plan = RolloutPlan(name="short", steps=(RolloutStep(share=0.25, at_most_s=60),))
    rng, found = np.random.default_rng(23), 0
    for _ in range(20):
        decision = RolloutDecision(plan)
        for second in range(45):
            outage = 12 <= second < 22
            canary = ArmSecond(44, int(rng.binomial(44, 0.2 if outage else 0.003)))
            baseline = ArmSecond(131, int(rng.binomial(131, 0.06 if outage else 0.003)))
            decision.add(canary, baseline)
        found += decision.state == "rolled back"
    assert found >= 18
