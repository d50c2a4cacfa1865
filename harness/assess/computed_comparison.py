"""Comparisons that are computed once and then read."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from pydantic import ValidationError

import harness
from harness.assess.runs import compare_records
from harness.model.verdict import Comparison
from harness.record.computed_file import ComputedFile, program_digest
from harness.record.machine import MACHINE_CHECK_FILE
from harness.record.reader import Record

_PROGRAM = program_digest(harness)  # of the files as they are when they are loaded


def computed_comparison(records: Sequence[Record], *, keep: bool = True) -> Comparison:
    """What `compare_records` says of ended runs, from the file beside them if there is one; else it is made.

    Without `keep` no file is written. Raises RecordError for runs that cannot be compared.
    """
    file = _file(records)
    if (text := file.text()) is not None:
        with suppress(ValidationError):
            return Comparison.model_validate_json(text)
    found = compare_records(records)
    if keep:
        file.write(found.model_dump_json())
    return found


def keep_comparison(records: Sequence[Record], found: Comparison) -> None:
    """Writes what `compare_records` has just said of runs that have just ended."""
    _file(records).write(found.model_dump_json())


def _file(records: Sequence[Record]) -> ComputedFile:
    checks = sorted({record.folder.parent / MACHINE_CHECK_FILE for record in records})
    return ComputedFile.of("comparison", records, _PROGRAM, checks)
