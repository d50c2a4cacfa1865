"""Rollouts that could not be decided are refused before the start, with the number that would do."""

from __future__ import annotations

from typing import Any

import pytest

from harness.inputs.overrides import read_overrides
from harness.inputs.rollouts import read_rollout_plan
from harness.inputs.scenarios import read_scenario
from harness.lab.rollout_check import check_rollout
from harness.model.errors import ConfigError
from harness.model.policy import Policy
from harness.model.rehearsed_rollout import RehearsedRollout
from harness.model.rollout import RolloutPlan
from harness.model.scenario import Scenario


def scenario(*settings: str) -> Scenario:
    return read_scenario("dependency-slowdown", read_overrides(settings)).scenario


def rollout(plan: RolloutPlan, **session: Any) -> RehearsedRollout:
    old, new = (Policy.model_validate({"name": name, "session": session}) for name in ("old", "new"))
    return RehearsedRollout(old=old, new=new, plan=plan)


def stepped(*steps: dict[str, float]) -> RolloutPlan:
    return RolloutPlan.model_validate({"name": "plan", "steps": steps}, strict=False)


def test_the_shipped_plan_can_be_decided_in_the_shipped_scenario() -> None:
    check_rollout(rollout(read_rollout_plan("short")), scenario())


@pytest.mark.parametrize(
    ("plan", "settings", "words"),
    [
        (
            stepped({"share": 0.001, "at_most_s": 20}),
            (),
            r"at_most_s is 20, but 0.001 of 80 calls/s needs \d+ s at the least; use \d+",
        ),
        (
            stepped({"share": 0.1}, {"share": 0.2}),
            ("scenario.arrivals.0.duration_s=15",),
            "need 2[0-9] s at the least, but dependency-slowdown has 15 s",
        ),
        (
            stepped({"share": 0.5}),
            ("scenario.service.processes=2",),
            "is 2; the lab's rollout decides in one process: use 1",
        ),
    ],
)
def test_one_that_could_not_is_refused(plan: RolloutPlan, settings: tuple[str, ...], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        check_rollout(rollout(plan), scenario(*settings))


def test_the_number_that_would_do_does() -> None:
    with pytest.raises(ConfigError) as refused:
        check_rollout(rollout(stepped({"share": 0.001, "at_most_s": 20})), scenario())
    seconds = int(refused.value.problem.partition("use ")[2].split()[0])
    settings = f"scenario.arrivals.0.duration_s={seconds}"
    check_rollout(rollout(stepped({"share": 0.001, "at_most_s": seconds})), scenario(settings))


def test_a_session_for_each_call_is_refused() -> None:
    with pytest.raises(ConfigError, match="scope is call; both policies of a rollout send for one Session"):
        check_rollout(rollout(stepped({"share": 0.5}), scope="call"), scenario())


def test_one_of_a_service_of_your_own_is_refused() -> None:
    own = read_scenario("orders-service").scenario
    with pytest.raises(ConfigError, match=r"orders-service: service\.command cannot be used with a rollout"):
        check_rollout(rollout(read_rollout_plan("short")), own)


def shadowed(share: float) -> RehearsedRollout:
    plan = RolloutPlan.model_validate({"name": "plan", "shadow": {"share": share}}, strict=False)
    return rollout(plan).model_copy(update={"shadow": True})


def test_a_shadow_that_could_show_nothing_is_refused_with_the_share_that_would_do() -> None:
    with pytest.raises(
        ConfigError, match=r"plan: shadow\.share is 0\.1, but 1,\d{3} repetitions are"
    ) as refused:
        check_rollout(shadowed(0.1), scenario())
    check_rollout(shadowed(float(refused.value.problem.partition("use ")[2].split()[0])), scenario())


def test_a_shadow_needs_no_seconds_for_the_steps_of_its_plan() -> None:
    plan = RolloutPlan.model_validate({"name": "plan", "shadow": {"share": 1.0}}, strict=False)
    check_rollout(rollout(plan).model_copy(update={"shadow": True}), scenario())


def test_arrivals_that_are_too_few_for_any_share_are_refused_with_their_number() -> None:
    with pytest.raises(ConfigError, match=r"has 400 arrivals; use 1,\d{3} arrivals or more"):
        check_rollout(shadowed(1.0), scenario("scenario.arrivals.0.duration_s=5", "scenario.timeline=[]"))
