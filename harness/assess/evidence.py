"""From a recorded run to what analyse needs of it."""

from __future__ import annotations

from harness.analyse.evidence import Evidence
from harness.analyse.stats.warmup import mser_s
from harness.model.ending import EarlyEnd, Lost
from harness.record.reader import Record


def evidence_of(record: Record) -> Evidence:
    """What analyse needs of a recorded run."""
    slo, calls = record.run.scenario.slo, record.calls()
    if slo.warmup == "mser":
        slo = slo.model_copy(update={"warmup_s": mser_s(calls, slo.warmup_s)})
    return Evidence(
        policy=record.run.policy.name,
        scenario=record.run.scenario.name,
        seed=record.run.seed,
        slo=slo,
        duration_s=record.run.scenario.duration_s,
        calls=calls,
        attempts=record.table("attempts"),
        pool=record.table("pool"),
        driver=record.table("driver"),
        served=record.table("served"),
        early=_early_end(record),
        changes_s=(*record.run.scenario.changes_s, *_pulled_s(record)),
        trigger_s=record.run.scenario.trigger_s,
    )


def _pulled_s(record: Record) -> list[float]:
    """When levers took effect: the conditions changed then, by design."""
    events = record.table("events")
    return [float(at_s) for at_s in events[events["kind"] == "lever"]["at_s"]]


def _early_end(record: Record) -> EarlyEnd | None:
    if record.end is not None:
        return record.end.early
    return Lost(part="command", detail="was killed") if record.state == "interrupted" else None
