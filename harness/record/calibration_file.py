"""The calibration of a machine, kept in its runs folder, or as a file of its own."""

from __future__ import annotations

from pathlib import Path

from harness.model.calibration import CALIBRATION_SCHEMA, Calibration
from harness.model.errors import DamagedError, NotFoundError
from harness.record.machine import machine
from harness.record.record_file import read_record_file, write_record_file

CALIBRATION_FILE = "calibration.json"


def read_calibration(path: Path) -> Calibration:
    """Reads a calibration. Raises RecordError for a file that is missing, or cannot be read as one."""
    try:
        return read_record_file(Calibration, path, CALIBRATION_SCHEMA, "calibration")
    except NotFoundError:
        problem = "does not exist; `surgeline calibrate RUN` writes a calibration"
        raise NotFoundError(str(path), "", problem) from None
    except DamagedError as error:
        raise DamagedError(
            str(path), "", f"{error.problem}; write it again with `surgeline calibrate RUN`"
        ) from None


def calibration_of(root: Path) -> Calibration | None:
    """The calibration of this machine in its runs folder; None without one. Raises RecordError for a damaged one."""
    try:
        found = read_calibration(root / CALIBRATION_FILE)
    except NotFoundError:
        return None
    return found if found.machine == machine() else None


def write_calibration(path: Path, found: Calibration) -> None:
    """Writes a calibration in place of the one before. Raises RecordError where it cannot be written."""
    write_record_file(path, found.model_dump_json(indent=1) + "\n")
