"""The plan of a rollout."""

import pytest
from pydantic import ValidationError

from harness.model.rollout import RolloutPlan, RolloutStep


def test_the_steps_of_a_plan_that_names_none_rise_to_a_quarter() -> None:
    assert [step.share for step in RolloutPlan(name="plain").steps] == [0.01, 0.05, 0.25]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"steps": ({"share": 0.0},)}, "greater than 0"),
        ({"steps": ({"share": 1.0},)}, "less than 1"),
        ({"steps": ({"share": 0.1, "at_least_s": 30.0, "at_most_s": 20.0},)}, "use 60 or more"),
        ({"steps": ({"share": 0.5}, {"share": 0.1})}, "must rise"),
        ({"steps": ()}, "at least 1 item"),
        ({"margin_ratio": 1.5, "tolerated_ratio": 2.0}, "must be above tolerated_ratio = 2"),
    ],
)
def test_a_plan_that_could_never_decide_is_refused(settings: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        RolloutPlan.model_validate({"name": "bad", **settings})


def test_more_steps_need_more_evidence_each() -> None:
    one = RolloutPlan(name="one", steps=(RolloutStep(share=0.1),))
    assert RolloutPlan(name="three").rollback_threshold > one.rollback_threshold
    assert RolloutPlan(name="three").limit_threshold > one.limit_threshold
