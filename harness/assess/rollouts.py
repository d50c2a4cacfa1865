"""From the record of a rehearsed rollout to how it ended."""

from __future__ import annotations

from harness.analyse.measure.rollout import rollout_of
from harness.model.rollout_result import RolloutResult
from harness.record.reader import Record

COLUMNS = ("started_s", "ended_s", "outcome", "arm")


def rollout_result(record: Record) -> RolloutResult | None:
    """How the rollout of a run ended, or how it stands; None for a run of one policy, and before the first second."""
    rollout, compared = record.run.rollout, record.table("rollout")
    if rollout is None or compared.empty:
        return None
    return rollout_of(rollout, compared, record.table("calls", COLUMNS))
