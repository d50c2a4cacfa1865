"""The exit code of a verdict."""

from __future__ import annotations

from collections.abc import Sequence

from harness.record.reader import Record

EXIT = {"pass": 0, "fail": 1, "inconclusive": 3}


def exit_code(records: Sequence[Record]) -> int:
    """The exit code of several runs: 1 when one failed, else 3 when one is inconclusive, else 0."""
    codes = [EXIT[record.end.verdict.kind] for record in records if record.end is not None]
    return 1 if 1 in codes else max(codes, default=3)
