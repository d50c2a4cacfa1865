"""Builds of a service, as they are given on the command line."""

from __future__ import annotations

import pytest

from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario
from harness.lab.plan import Plan
from harness.model.errors import ConfigError
from surgeline.commands.builds import ServiceBuild, plan_of_build, read_builds

OLD = 'OLD=gunicorn "orders:make(1)" --bind {bind}'
NEW = "new=env -C ../new gunicorn orders:app --bind {bind}"


def plan(scenario: str, policy: str) -> Plan:
    """A shipped scenario under a shipped policy."""
    written = read_scenario(scenario)
    return Plan(read_policy(policy), written.scenario, written.upstream)


def test_a_command_is_split_into_words_as_a_shell_does() -> None:
    old, new = read_builds([OLD, NEW])
    assert old == ServiceBuild("old", ("gunicorn", "orders:make(1)", "--bind", "{bind}"))
    assert new.command[:3] == ("env", "-C", "../new")


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ([OLD], "two or more builds"),
        ([OLD, OLD], "two or more builds"),
        ([OLD, "gunicorn"], "must be NAME=COMMAND"),
        ([OLD, "a b=gunicorn"], "must be NAME=COMMAND"),
        ([OLD, "new="], "has no command"),
        ([OLD, 'new=gunicorn "'], "cannot be split into words"),
    ],
)
def test_what_is_no_build_is_refused_in_one_line(given: list[str], problem: str) -> None:
    with pytest.raises(ConfigError, match=problem) as raised:
        read_builds(given)
    assert "\n" not in str(raised.value)


def test_a_plan_of_a_build_has_its_command_and_its_name_and_nothing_else_changed() -> None:
    before = plan("orders-service", "as-is")
    after = plan_of_build(before, read_builds([OLD, NEW])[1])
    assert (after.policy.name, after.policy.as_is) == ("new", True)
    assert after.scenario.service.command[-1] == "{bind}"
    assert after.scenario.service.model_copy(update={"command": before.scenario.service.command}) == (
        before.scenario.service
    )


def test_a_scenario_without_a_service_has_no_builds() -> None:
    with pytest.raises(ConfigError, match="has no service of your own"):
        plan_of_build(plan("baseline", "careful"), ServiceBuild("new", ("gunicorn", "{bind}")))


def test_a_build_that_is_not_told_where_to_listen_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"without \{bind\}"):
        plan_of_build(plan("orders-service", "as-is"), ServiceBuild("new", ("gunicorn",)))
