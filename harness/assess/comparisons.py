"""From recorded runs of one scenario to their comparison."""

from __future__ import annotations

from collections.abc import Sequence

from harness.analyse.compare.paired_differences import compare
from harness.assess.evidence import evidence_of
from harness.model.errors import RecordError
from harness.model.verdict import Comparison
from harness.record.reader import Record


def compare_records(records: Sequence[Record]) -> Comparison:
    """A comparison of policies, from runs of one scenario. Raises RecordError for runs that cannot be compared."""
    scenarios = {record.run.scenario.name for record in records}
    if len(scenarios) > 1:
        raise RecordError(
            "compare", ", ".join(sorted(scenarios)), "are different scenarios; compare runs of one"
        )
    return compare([evidence_of(record) for record in records])
