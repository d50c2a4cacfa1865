"""From a recorded run to its measurements and its verdict."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from harness.analyse.measure.measurements import measurements
from harness.analyse.verdict.judge import judge
from harness.assess.evidence import evidence_of
from harness.model.baseline import Baseline
from harness.model.ending import EarlyEnd, early_end_text
from harness.model.run import End
from harness.model.verdict import Verdict
from harness.record.reader import Record


def judged_end(record: Record, early: EarlyEnd | None) -> End:
    """The end of a run that has just ended: measured and judged. `early` is what cut it short, None for nothing."""
    evidence = replace(evidence_of(record), early=early)
    measured = measurements(evidence)
    return End(
        state="complete" if early is None else "interrupted",
        reason="" if early is None else early_end_text(early),
        early=early,
        ended_at=datetime.now(UTC),
        measurements=measured,
        verdict=judge(evidence, measured),
    )


def verdict_against(record: Record, baseline: Baseline, thresholds: tuple[str, ...]) -> Verdict:
    """The verdict on a run by its own SLO and further thresholds, against a baseline's measurements."""
    evidence = evidence_of(record)
    slo = evidence.slo.model_copy(update={"thresholds": (*record.run.scenario.slo.thresholds, *thresholds)})
    evidence = replace(evidence, slo=slo)
    return judge(evidence, measurements(evidence), baseline.measurements)
