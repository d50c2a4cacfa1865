"""A recorded run as a baseline, and later runs against it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from harness.analyse.compare.paired_ratio import kept_stretches, why_unpaired
from harness.analyse.measure.measurements import measurements
from harness.analyse.measure.threshold_measurements import threshold_measurements
from harness.analyse.verdict.judge import judge, run_invalid
from harness.analyse.verdict.validity import busy_reason, late_reasons
from harness.assess.runs import evidence_of, run_effect
from harness.model.baseline import BASELINE_SCHEMA, Baseline, Reference
from harness.model.errors import RecordError
from harness.model.verdict import Verdict
from harness.record.reader import Record


def baseline_of(record: Record, thresholds: Sequence[str]) -> Baseline:
    """A run as a baseline, with what these thresholds and those of its SLO need of it.

    Raises RecordError for a run that was cut short or is not valid.
    """
    run, end = record.run, record.end
    if end is None or end.state != "complete":
        raise RecordError(run.id, "", "did not run to its end, so it cannot be a baseline; run it again")
    seen = evidence_of(record)
    every = (*run.scenario.slo.thresholds, *thresholds)
    seen = replace(seen, slo=seen.slo.model_copy(update={"thresholds": every}))
    if problems := run_invalid(seen):
        raise RecordError(run.id, "", f"cannot be a baseline: {problems[0]}")
    return Baseline(
        schema_version=BASELINE_SCHEMA,
        scenario=run.scenario.name,
        policy=run.policy.name,
        seed=run.seed,
        run=run.id,
        made_at=end.ended_at,
        machine=run.machine,
        measurements=threshold_measurements(seen) | end.measurements,
        stretches=kept_stretches(seen),
    )


def lateness_of(record: Record) -> list[str]:
    """How generator or upstream were busy or late in a run, so that later runs may pass too easily against it."""
    seen = evidence_of(record)
    busy = busy_reason(seen)
    return [reason.text for reason in [*([busy] if busy else []), *late_reasons(seen)]]


def verdict_against(record: Record, baseline: Baseline, thresholds: tuple[str, ...]) -> Verdict:
    """The verdict on a run by its own SLO and further thresholds, against a baseline."""
    evidence = evidence_of(record)
    slo = evidence.slo.model_copy(update={"thresholds": (*record.run.scenario.slo.thresholds, *thresholds)})
    evidence = replace(evidence, slo=slo)
    return judge(evidence, measurements(evidence), Reference(baseline, run_effect([record])))


def unpaired_reason(record: Record, baseline: Baseline) -> str:
    """Why a run cannot be paired with a baseline, and the remedy; "" where it can."""
    return why_unpaired(evidence_of(record), baseline)
