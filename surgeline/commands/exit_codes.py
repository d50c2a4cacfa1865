"""The exit code of a verdict."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from harness.model.verdict import Verdict
from harness.record.reader import Record

EXIT = {"pass": 0, "fail": 1, "inconclusive": 3}


def exit_code(records: Sequence[Record]) -> int:
    """The exit code of several runs: 1 when one failed, else 3 when one is inconclusive, else 0."""
    return worst(record.end.verdict for record in records if record.end is not None)


def worst(verdicts: Iterable[Verdict]) -> int:
    """The exit code of several verdicts, by the same rule; 3 for none."""
    codes = [EXIT[verdict.kind] for verdict in verdicts]
    return 1 if 1 in codes else max(codes, default=3)
