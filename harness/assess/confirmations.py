"""Whether a run has confirmed what was advised: by the digest of its policy, scenario and upstream."""

from __future__ import annotations

from collections.abc import Iterable

from harness.model.behaviour_digest import behaviour_digest
from harness.record.reader import Broken, Record


def newest_run_of(digest: str, records: Iterable[Record | Broken]) -> Record | None:
    """The newest complete run with this digest, against the mock upstream; None when there is none."""
    complete = [
        each
        for each in records
        if isinstance(each, Record) and each.state == "complete" and each.run.rollout is None
    ]
    for record in sorted(complete, key=lambda each: each.run.started_at, reverse=True):
        run = record.run
        if behaviour_digest(run.policy, run.scenario, run.upstream) == digest:
            return record
    return None
