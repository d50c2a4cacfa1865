"""The seconds after which a step of a rollout is passed at the earliest."""

from harness.model.rollout import RolloutPlan, RolloutStep
from harness.session.rollout.decision import ArmSecond, RolloutDecision
from harness.session.rollout.least_evidence import least_seconds


def plan(share: float, **settings: float) -> RolloutPlan:
    return RolloutPlan.model_validate({"name": "plan", "steps": [{"share": share}], **settings}, strict=False)


def least(share: float, calls_per_s: float) -> int | None:
    of = plan(share)
    return least_seconds(of, of.steps[0], calls_per_s)


def test_many_calls_need_no_longer_than_the_step_s_least_time() -> None:
    assert least(0.5, 1000.0) == RolloutStep(share=0.5).at_least_s


def test_fewer_calls_need_longer() -> None:
    slow, slower = least(0.01, 20.0), least(0.01, 10.0)
    assert slow is not None
    assert slower is not None
    assert 10 < slow < slower <= 2 * slow


def test_without_calls_it_is_never_passed() -> None:
    assert least(0.01, 1e-6) is None


def test_a_stricter_probability_needs_longer() -> None:
    strict = plan(0.01, false_promotion=0.001)
    longer, usual = least_seconds(strict, strict.steps[0], 20.0), least(0.01, 20.0)
    assert longer is not None
    assert usual is not None
    assert longer > usual


def test_a_decision_agrees() -> None:
    """Every call of the baseline is bad and none of the canary's: the step is passed in that second, and not before."""
    of = plan(0.01)
    wanted, decision = least_seconds(of, of.steps[0], 20.0), RolloutDecision(of)
    while decision.state == "comparing":
        canary = 1 if decision.seconds % 5 == 4 else 0
        decision.add(ArmSecond(canary, 0), ArmSecond(20 - canary, 20 - canary))
    assert decision.state == "promoted"
    assert wanted is not None
    assert abs(decision.seconds - wanted) <= 2
