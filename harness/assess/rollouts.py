"""From the record of a rehearsed rollout to how it ended."""

from __future__ import annotations

from harness.analyse.measure.rollout import rollout_of
from harness.analyse.measure.shadow import shadow_of
from harness.model.rollout_result import RolloutResult
from harness.model.shadow_result import ShadowResult
from harness.record.reader import Record

COLUMNS = ("started_s", "ended_s", "outcome", "arm")


def rollout_result(record: Record) -> RolloutResult | None:
    """How the rollout of a run ended, or how it stands; None for a run of one policy, and before the first second."""
    rollout, compared = record.run.rollout, record.table("rollout")
    if rollout is None or rollout.shadow or compared.empty:
        return None
    return rollout_of(rollout, compared, record.table("calls", COLUMNS))


def shadow_result(record: Record) -> ShadowResult | None:
    """What the shadow of a run has shown so far; None for a run without one."""
    rollout = record.run.rollout
    return shadow_of(rollout, record.table("shadow")) if rollout is not None and rollout.shadow else None
