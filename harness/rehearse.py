"""Rehearses an incident: the scenario's faults as the trigger, and one lever per repetition."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from harness import lab
from harness.model.errors import BadInput
from harness.model.lever import Pull, words
from harness.model.rehearsal import NOTHING, THEN, Rehearsal, Repetition, ranked
from harness.model.scenario import Scenario, TimelineLever
from harness.model.verdict import Measurement
from harness.record.reader import Record
from mock_upstream.toml import build

if TYPE_CHECKING:
    import pandas as pd

Lever = dict[str, Any]
Run = Callable[[lab.Plan, str], Record]


def usual(offered_per_s: float) -> list[Lever]:
    """The levers that people reach for first, with settings that fit the offered calls a second."""
    return [
        {"lever": "retries", "total": False},
        {"lever": "budget", "ratio": 0.1},
        {"lever": "throttle", "rate_per_s": round(0.5 * offered_per_s, 1)},
        {"lever": "breaker", "state": "open"},
    ]


# What takes a lever back: in an incident it is pulled for a while, and then let go.
RELEASES: dict[str, Lever] = {
    "retries": {"lever": "retries", "total": True},
    "budget": {"lever": "budget", "ratio": False},
    "throttle": {"lever": "throttle", "rate_per_s": False},
    "breaker": {"lever": "breaker", "state": "auto"},
    "timeouts": {"lever": "timeouts"},
    "cache": {"lever": "cache", "on": False},
    "fault": {"lever": "clear_faults"},
}


def trigger_of(scenario: Scenario) -> tuple[float, float]:
    """From the first fault's begin to the last one's end, in seconds. Raises BadInput when it never ends."""
    if not scenario.faults or any(fault.for_s is None for fault in scenario.faults):
        raise BadInput(
            scenario.name, "timeline", "has no fault that ends; a rehearsal needs a trigger with for_s"
        )
    return (
        min(fault.at_s for fault in scenario.faults),
        max(fault.at_s + (fault.for_s or 0.0) for fault in scenario.faults),
    )


def rehearse(
    plan: lab.Plan, levers: Sequence[Lever], run: Run, after_s: float, hold_s: float | None = None
) -> Rehearsal:
    """One repetition without a lever, then one with each, pulled `after_s` after the trigger's end for `hold_s`.

    Without `hold_s` for half of what is left of the run: work that nobody waits for any more takes its time.
    Without levers the usual ones are tried. Every repetition has the same arrivals and fates. `run` makes one run
    of a plan under a title. Raises BadInput for a lever or a scenario that can't be used.
    """
    trigger = trigger_of(plan.scenario)
    at_s = trigger[1] + after_s
    if hold_s is None:
        hold_s = max(1.0, (plan.scenario.duration_s - at_s) / 2.0)
    for lever in levers:
        _with(plan, lever, at_s, hold_s)
    alone = run(plan, NOTHING)
    offered_per_s = alone.end.measurements["offered_rate"].value if alone.end is not None else 0.0
    repetitions = [_judge(NOTHING, alone, trigger)]
    for lever in levers or usual(offered_per_s):
        name, one = _with(plan, lever, at_s, hold_s)
        repetitions.append(_judge(name, run(one, name), trigger))
    return Rehearsal(
        scenario=plan.scenario.name,
        policy=plan.policy.name,
        trigger_s=trigger,
        offered_per_s=offered_per_s,
        repetitions=ranked(repetitions),
    )


def played(records: Sequence[Record]) -> Rehearsal:
    """Recorded runs of one incident and one policy as a rehearsal, whoever pulled their levers.

    Runs that ended before it could be seen whether they recover are left out. Raises BadInput when none is left.
    """
    trigger = trigger_of(records[0].run.scenario)
    repetitions = []
    for record in records:
        with suppress(BadInput):
            repetitions.append(_judge(_pulled(record), record, trigger))
    if not repetitions:
        raise BadInput(records[0].run.id, "", "ended before it could be seen whether the service recovers")
    first = records[0]
    offered = first.end.measurements.get("offered_rate") if first.end is not None else None
    return Rehearsal(
        scenario=first.run.scenario.name,
        policy=first.run.policy.name,
        trigger_s=trigger,
        offered_per_s=offered.value if offered is not None else 0.0,
        repetitions=ranked(repetitions),
    )


def _pulled(record: Record) -> str:
    """The levers that were pulled in a run, in their order, without those that only let one go."""
    released = {
        words(build(Pull, {"id": "", "who": "", "lever": lever}, "").lever) for lever in RELEASES.values()
    }
    return THEN.join(name for name in _pulls(record)["name"] if name not in released) or NOTHING


def _pulls(record: Record) -> pd.DataFrame:
    return record.table("events").query("kind == 'lever' and action == 'pulled'").sort_values("at_s")


def _with(plan: lab.Plan, lever: Lever, at_s: float, hold_s: float) -> tuple[str, lab.Plan]:
    """The plan with one lever on its timeline, and with its release where the lever has one."""
    entries = [build(TimelineLever, {"at_s": at_s, **lever}, "--lever")]
    release = RELEASES.get(str(lever.get("lever")))
    if release is not None:
        entries.append(build(TimelineLever, {"at_s": at_s + hold_s, **release}, "--lever"))
    scenario = plan.scenario.model_copy(update={"timeline": (*plan.scenario.timeline, *entries)})
    return words(entries[0].pull), replace(plan, scenario=scenario)


def _judge(name: str, record: Record, trigger: tuple[float, float]) -> Repetition:
    from harness.analyse.recovery import recovery
    from harness.analyse.timeline import per_second

    seen = lab.evidence(record)
    seconds = per_second(seen.calls)
    after = seconds[seconds["at_s"] >= trigger[0]]
    pulled = _pulls(record)["at_s"].tolist()
    lost = seen.calls[(seen.calls["scheduled_s"] >= trigger[0]) & (seen.calls["outcome"] != "ok")]
    took = recovery(seen)
    if took is None:
        raise BadInput(record.run.id, "", "ended before it could be seen whether the service recovers")
    peak = float(after["amplification"].max()) if len(after) else 1.0
    return Repetition(
        lever=name,
        run=record.run.id,
        pulled_s=pulled[0] if pulled else None,
        released_s=pulled[1] if len(pulled) > 1 else None,
        recovery=took,
        lost=Measurement(
            name="lost", value=len(lost), unit="count", n=len(lost), low=len(lost), high=len(lost)
        ),
        peak_amplification=Measurement(
            name="amplification.peak", value=peak, unit="attempts/call", n=len(after), low=None, high=None
        ),
    )
