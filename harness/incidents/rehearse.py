"""Rehearses an incident: the scenario's faults as the trigger, and one lever per repetition."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from harness.lab.plan import Plan
from harness.model.lever import levers_text
from harness.model.lever_catalogue import Lever, SetBreaker, SetBudget, SetRetries, SetThrottle
from harness.model.rehearsal import Rehearsal, ranked
from harness.model.run import own_settings
from harness.model.scenario import TimelineLever
from harness.record.reader import Record

Run = Callable[[Plan, str], Record]


def default_levers(offered_per_s: float, processes: int) -> list[Lever]:
    """The levers that are commonly tried first, with settings that fit the offered calls per second."""
    return [
        SetRetries(lever="retries", total=False),
        SetBudget(lever="budget", ratio=0.1),
        SetThrottle(lever="throttle", rate_per_s=round(0.5 * offered_per_s / processes, 1)),
        SetBreaker(lever="breaker", state="open"),
    ]


def rehearse_incident(
    plan: Plan, levers: Sequence[Lever], run: Run, after_s: float, hold_s: float | None = None
) -> Rehearsal:
    """One repetition without a lever, then one with each, applied `after_s` after the trigger's end for `hold_s`.

    Without `hold_s` for half of the remaining run, because abandoned work takes time to end. Without levers the
    common ones are tried. Every repetition has the same arrivals and identical fault decisions. `run` makes one run
    of a plan under a title. Raises ConfigError for a scenario that cannot be rehearsed.
    """
    from harness.assess.rehearsals import repetition_of, trigger_of

    trigger = trigger_of(plan.scenario)
    at_s = trigger[1] + after_s
    if hold_s is None:
        hold_s = max(1.0, (plan.scenario.duration_s - at_s) / 2.0)
    alone = run(plan, levers_text([]))
    offered_per_s = alone.end.measurements["offered_rate"].number if alone.end is not None else 0.0
    repetitions = [repetition_of((), alone, trigger)]
    for lever in levers or default_levers(offered_per_s, plan.scenario.service.processes):
        record = run(with_lever(plan, lever, at_s, hold_s), levers_text([lever]))
        repetitions.append(repetition_of((lever,), record, trigger))
    return Rehearsal(
        scenario=plan.scenario.name,
        policy=plan.policy.name,
        trigger_s=trigger,
        offered_per_s=offered_per_s,
        repetitions=ranked(repetitions),
    )


def with_lever(plan: Plan, lever: Lever, at_s: float, hold_s: float) -> Plan:
    """The plan with one lever on its timeline, and after `hold_s` with the lever that reverts it, if there is one."""
    entries = [TimelineLever(at_s=at_s, pull=lever)]
    revert = lever.revert(own_settings(plan.policy, plan.scenario, plan.upstream))
    if revert is not None:
        entries.append(TimelineLever(at_s=at_s + hold_s, pull=revert))
    scenario = plan.scenario.model_copy(update={"timeline": (*plan.scenario.timeline, *entries)})
    return replace(plan, scenario=scenario)
