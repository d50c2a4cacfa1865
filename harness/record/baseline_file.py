"""A baseline as a file of a repository."""

from __future__ import annotations

from pathlib import Path

from harness.model.baseline import BASELINE_SCHEMA, Baseline
from harness.model.errors import DamagedError, NotFoundError, RecordError
from harness.record.record_file import read_record_file, write_record_file


def read_baseline(path: Path, scenario: str) -> Baseline:
    """Reads a baseline. Raises RecordError when it is missing, broken, or of another scenario."""
    try:
        found = read_record_file(Baseline, path, BASELINE_SCHEMA, "baseline")
    except NotFoundError:
        raise NotFoundError(str(path), "", "does not exist; create it with --save") from None
    except DamagedError as error:
        raise DamagedError(str(path), "", f"{error.problem}; create another one with --save") from None
    if found.scenario != scenario:
        raise RecordError(
            str(path),
            "scenario",
            f"is {found.scenario!r}, not {scenario!r}; use a baseline of the same scenario",
        )
    return found


def write_baseline(path: Path, baseline: Baseline) -> None:
    """Writes a baseline in place of the one before. Raises RecordError where it cannot be written."""
    write_record_file(path, baseline.model_dump_json(indent=1) + "\n")
