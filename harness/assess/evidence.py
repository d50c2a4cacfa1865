"""From a recorded run to what analyse needs of it."""

from __future__ import annotations

from harness.analyse.evidence import Evidence
from harness.analyse.stats.warmup import mser_s
from harness.record.reader import Record


def evidence_of(record: Record, problem: str | None = None) -> Evidence:
    """What analyse needs of a recorded run. `problem` is what came in between, for who was there; "" for nothing."""
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
        interrupted=_interruption(record) if problem is None else problem,
        changes_s=(*record.run.scenario.changes_s, *_pulled_s(record)),
        trigger_s=record.run.scenario.trigger_s,
    )


def _pulled_s(record: Record) -> list[float]:
    """When levers took effect: the conditions changed then, by design."""
    events = record.table("events")
    return [float(at_s) for at_s in events[events["kind"] == "lever"]["at_s"]]


def _interruption(record: Record) -> str:
    if record.end is not None:
        return record.end.reason
    return "it was killed" if record.state == "interrupted" else ""
