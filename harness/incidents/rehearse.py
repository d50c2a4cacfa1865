"""Rehearses an incident: the scenario's faults as the trigger, and one lever per repetition."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from harness.lab.plan import Plan
from harness.model.lever import lever_text
from harness.model.lever_catalogue import RELEASES
from harness.model.rehearsal import NOTHING, Rehearsal, ranked
from harness.model.scenario import TimelineLever
from harness.record.reader import Record
from mock_upstream.config.toml import build

Lever = dict[str, Any]
Run = Callable[[Plan, str], Record]


def default_levers(offered_per_s: float) -> list[Lever]:
    """The levers that are commonly tried first, with settings that fit the offered calls per second."""
    return [
        {"lever": "retries", "total": False},
        {"lever": "budget", "ratio": 0.1},
        {"lever": "throttle", "rate_per_s": round(0.5 * offered_per_s, 1)},
        {"lever": "breaker", "state": "open"},
    ]


def rehearse_incident(
    plan: Plan, levers: Sequence[Lever], run: Run, after_s: float, hold_s: float | None = None
) -> Rehearsal:
    """One repetition without a lever, then one with each, pulled `after_s` after the trigger's end for `hold_s`.

    Without `hold_s` for half of the remaining run, because abandoned work takes time to end. Without levers the
    common ones are tried. Every repetition has the same arrivals and identical fault decisions. `run` makes one run
    of a plan under a title. Raises ConfigError for a lever or a scenario that cannot be used.
    """
    from harness.assess.rehearsals import repetition_of, trigger_of

    trigger = trigger_of(plan.scenario)
    at_s = trigger[1] + after_s
    if hold_s is None:
        hold_s = max(1.0, (plan.scenario.duration_s - at_s) / 2.0)
    for lever in levers:
        _with(plan, lever, at_s, hold_s)
    alone = run(plan, NOTHING)
    offered_per_s = alone.end.measurements["offered_rate"].value if alone.end is not None else 0.0
    repetitions = [repetition_of(NOTHING, alone, trigger)]
    for lever in levers or default_levers(offered_per_s):
        name, one = _with(plan, lever, at_s, hold_s)
        repetitions.append(repetition_of(name, run(one, name), trigger))
    return Rehearsal(
        scenario=plan.scenario.name,
        policy=plan.policy.name,
        trigger_s=trigger,
        offered_per_s=offered_per_s,
        repetitions=ranked(repetitions),
    )


def _with(plan: Plan, lever: Lever, at_s: float, hold_s: float) -> tuple[str, Plan]:
    """The plan with one lever on its timeline, and with the lever that reverts it, if there is one."""
    entries = [build(TimelineLever, {"at_s": at_s, **lever}, "--lever")]
    release = RELEASES.get(str(lever.get("lever")))
    if release is not None:
        entries.append(build(TimelineLever, {"at_s": at_s + hold_s, **release}, "--lever"))
    scenario = plan.scenario.model_copy(update={"timeline": (*plan.scenario.timeline, *entries)})
    return lever_text(entries[0].pull), replace(plan, scenario=scenario)
