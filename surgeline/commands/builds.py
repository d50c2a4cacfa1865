"""Builds of a team's own service, for a comparison of one with another under one policy."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

import typer

from harness.lab.plan import Plan
from harness.model.errors import ConfigError
from harness.model.scenario import ServiceSettings
from mock_upstream.config.toml import build

AS_IS = "as-is"
ServiceBuilds = Annotated[
    list[str],
    typer.Option(
        "--service", metavar="NAME=COMMAND", help="A build of the scenario's service; repeat for more."
    ),
]


@dataclass(frozen=True, slots=True)
class ServiceBuild:
    """The command that starts one build, and the name by which its runs are told from others."""

    name: str
    command: tuple[str, ...]


def read_builds(given: Sequence[str]) -> list[ServiceBuild]:
    """Reads each `NAME=COMMAND`, as a shell splits it into words. Raises ConfigError."""
    found = [_read(text) for text in given]
    names = [one.name for one in found]
    if len(set(names)) < max(2, len(names)):
        raise ConfigError("--service", ", ".join(names), "must be two or more builds with different names")
    return found


def plan_of_build(plan: Plan, one: ServiceBuild) -> Plan:
    """The plan with this build of its service; its policy is called by the build's name. Raises ConfigError."""
    service = plan.scenario.service
    if not service.command:
        problem = (
            "has no service of your own; add service.command to the scenario, or compare policies with -p"
        )
        raise ConfigError(plan.scenario.name, "service", problem)
    table = {**service.model_dump(exclude_unset=True), "command": list(one.command)}
    started = build(ServiceSettings, table, f"--service {one.name}")
    about = f"The build {one.name} of the service under the policy {plan.policy.name}"
    return replace(
        plan,
        policy=plan.policy.model_copy(update={"name": one.name, "description": about}),
        scenario=plan.scenario.model_copy(update={"service": started}),
    )


def _read(text: str) -> ServiceBuild:
    name, equals, command = text.partition("=")
    name = name.strip().lower()
    if not equals or not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,59}", name):
        problem = 'must be NAME=COMMAND, such as new="gunicorn orders:app --bind {bind}"'
        raise ConfigError("--service", text, problem)
    try:
        words = tuple(shlex.split(command))
    except ValueError as error:
        raise ConfigError("--service", text, f"cannot be split into words: {error}") from None
    if not words:
        raise ConfigError("--service", text, "has no command after the =")
    return ServiceBuild(name, words)
