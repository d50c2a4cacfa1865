"""Recorded runs of one incident as a rehearsal: did each recover, when, and at what cost."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import pandas as pd

from harness.analyse.measure.recovery import recovery
from harness.analyse.measure.timeline import per_second
from harness.assess.evidence import evidence_of
from harness.model.errors import ConfigError, RecordError
from harness.model.lever import Pull, lever_text
from harness.model.lever_catalogue import RELEASES
from harness.model.rehearsal import NOTHING, THEN, Rehearsal, Repetition, ranked
from harness.model.scenario import Scenario
from harness.model.verdict import Measurement
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
            repetitions.append(repetition_of(_pulled(record), record, trigger))
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
        offered_per_s=offered.value if offered is not None else 0.0,
        repetitions=ranked(repetitions),
    )


def _pulled(record: Record) -> str:
    """The levers that were pulled in a run, in their order, without those that only revert one."""
    released = {
        lever_text(build(Pull, {"id": "", "who": "", "lever": lever}, "").lever)
        for lever in RELEASES.values()
    }
    return THEN.join(name for name in _pulls(record)["name"] if name not in released) or NOTHING


def _pulls(record: Record) -> pd.DataFrame:
    return record.table("events").query("kind == 'lever' and action == 'pulled'").sort_values("at_s")


def repetition_of(name: str, record: Record, trigger: tuple[float, float]) -> Repetition:
    seen = evidence_of(record)
    seconds = per_second(seen.calls)
    after = seconds[seconds["at_s"] >= trigger[0]]
    pulled = _pulls(record)["at_s"].tolist()
    lost = seen.calls[(seen.calls["scheduled_s"] >= trigger[0]) & (seen.calls["outcome"] != "ok")]
    took = recovery(seen)
    if took is None:
        raise RecordError(record.run.id, "", "ended before recovery could be measured; let it run for longer")
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
