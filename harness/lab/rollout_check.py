"""Whether a rollout can be rehearsed in a scenario, and whether its plan could be decided there at all."""

from __future__ import annotations

from math import ceil

from harness.model.errors import ConfigError
from harness.model.rehearsed_rollout import RehearsedRollout
from harness.model.scenario import Scenario
from harness.session.rollout.least_evidence import least_seconds
from harness.session.rollout.shadow_counts import least_repetitions


def check_rollout(rollout: RehearsedRollout, scenario: Scenario) -> None:
    """Raises ConfigError with the number that would do. Each journey counts as one call, as it makes at least one."""
    if scenario.service.command:
        problem = (
            "cannot be used with a rollout, which sends its own Session's calls; use a scenario without it"
        )
        raise ConfigError(scenario.name, "service.command", problem)
    if scenario.service.processes > 1:
        problem = (
            f"is {scenario.service.processes}; the lab's rollout decides in one process: use 1, for example with "
            "--set scenario.service.processes=1"
        )
        raise ConfigError(scenario.name, "service.processes", problem)
    for policy in (rollout.old, rollout.new):
        if policy.session.scope != "process":
            problem = (
                f"is {policy.session.scope}; both policies of a rollout send for one Session: use process"
            )
            raise ConfigError(policy.name, "session.scope", problem)
    if rollout.shadow:
        _can_compare(rollout, scenario)
    else:
        _can_decide(rollout, scenario)


def _can_compare(rollout: RehearsedRollout, scenario: Scenario) -> None:
    """Raises ConfigError where no difference could not be shown, however alike the policies are."""
    plan, needed, journeys = (
        rollout.plan,
        least_repetitions(),
        round(sum(phase.arrivals for phase in scenario.arrivals)),
    )
    if scenario.closed is None and plan.shadow.share * journeys < needed:
        share = ceil(needed / max(journeys, 1) * 100) / 100
        remedy = f"{share:g} or more" if share <= 1 else f"{needed:,} arrivals or more"
        problem = (
            f"is {plan.shadow.share:g}, but {needed:,} repetitions are needed at the least, and {scenario.name} has "
            f"{journeys:,} arrivals; use {remedy}"
        )
        raise ConfigError(plan.name, "shadow.share", problem)


def _can_decide(rollout: RehearsedRollout, scenario: Scenario) -> None:
    plan, rate_per_s, needed_s = rollout.plan, scenario.most_per_s, 0.0
    for index, step in enumerate(plan.steps):
        least_s = least_seconds(plan, step, rate_per_s) if rate_per_s else int(step.at_least_s)
        needed_s += step.at_least_s if least_s is None else least_s
        if least_s is None or least_s > step.at_most_s:
            remedy = "more than a week; use a larger share"
            if least_s is not None:
                remedy = f"{least_s} s at the least; use {least_s} or more"
            problem = f"is {step.at_most_s:g}, but {step.share:g} of {rate_per_s:g} calls/s needs {remedy}"
            raise ConfigError(plan.name, f"steps.{index}.at_most_s", problem)
    if needed_s > scenario.duration_s:
        problem = (
            f"need {ceil(needed_s)} s at the least, but {scenario.name} has {scenario.duration_s:g} s of arrivals; "
            f"use fewer steps, larger shares, or {ceil(needed_s)} s of arrivals"
        )
        raise ConfigError(plan.name, "steps", problem)
