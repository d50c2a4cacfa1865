"""What the metrics of a rollout say."""

from harness.model.rollout import RolloutPlan, RolloutStep
from harness.session.rollout.decision import ArmSecond, RolloutDecision
from harness.session.rollout.status import status_of

TWO = RolloutPlan(name="two", steps=(RolloutStep(share=0.2), RolloutStep(share=0.5)))


def test_the_totals_are_those_of_all_steps() -> None:
    decision = RolloutDecision(TWO)
    while decision.step == 0:
        decision.add(ArmSecond(1000, 0), ArmSecond(4000, 40))
    decision.add(ArmSecond(1000, 1), ArmSecond(4000, 40))
    found = status_of(decision, fallbacks=3)
    assert (found.share, found.steps_passed, found.state, found.fallbacks) == (0.5, 1, "comparing", 3)
    assert found.calls == {"canary": 1000 * decision.seconds, "baseline": 4000 * decision.seconds}
    assert found.bad == {"canary": 1, "baseline": 40 * decision.seconds}


def test_evidence_reaches_1_with_the_decision_that_it_is_for() -> None:
    decision = RolloutDecision(TWO)
    while decision.state == "comparing":
        decision.add(ArmSecond(100, 3), ArmSecond(400, 4))
    found = status_of(decision, fallbacks=0)
    assert decision.reason == "more bad calls than the baseline"
    assert found.evidence["rollback"] >= 1 > max(found.evidence["promotion"], found.evidence["limit"])
    assert found.share == 0.0
