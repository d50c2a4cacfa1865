"""Which policies and options fit a scenario with a service of the team's own."""

from __future__ import annotations

import re
from typing import Any

import pytest

from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario
from harness.lab.plan import Plan
from harness.model.errors import ConfigError


def plan(scenario: str, policy: str, **further: Any) -> Plan:
    """A plan of shipped files."""
    written = read_scenario(scenario)
    return Plan(read_policy(policy), written.scenario, written.upstream, **further)


@pytest.mark.parametrize("policy", ["as-is", "careful"])
def test_a_service_is_run_as_it_is_or_under_a_declared_policy(policy: str) -> None:
    plan("orders-service", policy).check()


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (("baseline", "as-is", {}), "as-is: as_is is true, and the scenario has no service"),
        (("orders-service", "as-is", {"target": "http://127.0.0.1:1"}), "cannot be used with --target"),
        (("orders-service", "as-is", {"expect_workers": 2}), "cannot be used with --expect-workers"),
        (("orders-service", "httpx", {}), 'httpx: transport is "httpx"'),
    ],
)
def test_what_does_not_fit_is_refused(given: tuple[str, str, dict[str, Any]], problem: str) -> None:
    scenario, policy, further = given
    with pytest.raises(ConfigError, match=re.escape(problem)):
        plan(scenario, policy, **further).check()
