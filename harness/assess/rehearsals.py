"""Recorded runs of one incident as a rehearsal: did each recover, when, and at what cost."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from harness.analyse.measure.recovery import recovery
from harness.analyse.measure.timeline import per_second
from harness.assess.runs import evidence_of
from harness.model.errors import ConfigError, DamagedError, RecordError
from harness.model.lever import Pull, reverts
from harness.model.lever_catalogue import AnyLever, Lever
from harness.model.rehearsal import Rehearsal, Repetition, ranked
from harness.model.run import own_settings
from harness.model.scenario import Scenario
from harness.model.verdict import Measurement
from harness.record.event_detail import event_detail
from harness.record.reader import Record
from mock_upstream.config.toml import build


def trigger_of(scenario: Scenario) -> tuple[float, float]:
    """From the first fault's start to the last one's end, in seconds. Raises ConfigError when it never ends."""
    if not scenario.faults or any(fault.for_s is None for fault in scenario.faults):
        raise ConfigError(
            scenario.name,
            "timeline",
            "has no fault with an end (`for_s`), so recovery cannot be measured; give each fault a for_s",
        )
    return (
        min(fault.at_s for fault in scenario.faults),
        max(fault.at_s + (fault.for_s or 0.0) for fault in scenario.faults),
    )


def rehearsal_of(records: Sequence[Record]) -> Rehearsal:
    """Recorded runs of one incident and one policy as a rehearsal, from any source of their levers.

    Runs that ended before their recovery could be measured are left out. Raises RecordError when none is left.
    """
    trigger = trigger_of(records[0].run.scenario)
    repetitions = []
    for record in records:
        with suppress(RecordError):
            repetitions.append(_as_recorded(record, trigger))
    if not repetitions:
        raise RecordError(
            records[0].run.id, "", "ended before recovery could be measured; let it run for longer"
        )
    first = records[0]
    offered = first.end.measurements.get("offered_rate") if first.end is not None else None
    return Rehearsal(
        scenario=first.run.scenario.name,
        policy=first.run.policy.name,
        trigger_s=trigger,
        offered_per_s=offered.number if offered is not None else 0.0,
        repetitions=ranked(repetitions),
    )


def _as_recorded(record: Record, trigger_s: tuple[float, float]) -> Repetition:
    applied, _ = _applied_and_reverted(record)
    return repetition_of(tuple(event.lever for event in applied), record, trigger_s)


def repetition_of(levers: tuple[Lever, ...], record: Record, trigger_s: tuple[float, float]) -> Repetition:
    """One recorded run of an incident, with the levers that were tried in it.

    Raises RecordError when the run ended before its recovery could be measured.
    """
    seen = evidence_of(record)
    took = recovery(seen)
    if took is None:
        raise RecordError(record.run.id, "", "ended before recovery could be measured; let it run for longer")
    seconds = per_second(seen.calls, failed_calls=seen.slo.failed_calls)
    after = seconds[seconds["at_s"] >= trigger_s[0]]
    applied, reverted = _applied_and_reverted(record)
    lost = seen.calls[(seen.calls["scheduled_s"] >= trigger_s[0]) & (seen.calls["outcome"] != "ok")]
    peak = float(after["amplification"].max()) if len(after) else 1.0
    return Repetition(
        levers=levers,
        run=record.run.id,
        pulled_s=applied[0].at_s if applied else None,
        reverted_s=reverted[0].at_s if reverted else None,
        recovery=took,
        lost=Measurement(
            name="lost", value=len(lost), unit="count", n=len(lost), low=len(lost), high=len(lost)
        ),
        peak_amplification=Measurement(
            name="amplification.peak", value=peak, unit="attempts/call", n=len(after), low=None, high=None
        ),
    )


class _Event(NamedTuple):
    """A lever that took effect, and when."""

    at_s: float
    lever: AnyLever


def _applied_and_reverted(record: Record) -> tuple[list[_Event], list[_Event]]:
    """The levers that took effect in a run, in their order: those that changed something, and their reverts."""
    events = record.table("events").query("kind == 'lever' and action == 'pulled'").sort_values("at_s")
    own = own_settings(record.run.policy, record.run.scenario, record.run.upstream)
    applied: list[_Event] = []
    reverted: list[_Event] = []
    for at_s, detail in zip(events["at_s"], events["detail"], strict=True):
        lever = _lever_of(str(detail), record.run.id)
        of_which = reverted if reverts(lever, [event.lever for event in applied], own) else applied
        of_which.append(_Event(float(at_s), lever))
    return applied, reverted


def _lever_of(detail: str, run: str) -> AnyLever:
    """The lever in an event's detail. Raises DamagedError when there is none that this version knows."""
    try:
        return build(Pull, {"id": "", "who": "", "lever": event_detail(detail).get("lever", {})}, "").lever
    except ConfigError as error:
        raise DamagedError(run, "events", f"has a lever that cannot be read: {error}") from None
