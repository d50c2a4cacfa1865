"""A range on disk: `runs/<id>/range.json` beside the folders of its trials' runs."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path

from harness.model.errors import NotFoundError, RecordError
from harness.model.name_match import NoMatch, match_name
from harness.model.range import SCHEMA, OperatingRange, SearchSpec
from harness.model.run import record_id
from harness.record import schema_errors
from harness.record.reader import Broken
from harness.record.record_file import write_record_file

FILE = "range.json"
SILENT_AFTER_S = 60.0
"""Longer than a trial waits for an idle machine and is judged."""


def range_id(spec: SearchSpec, started_at: datetime) -> str:
    """The range's name: as a run's, with `range` before the scenario's."""
    return record_id(spec.policy, spec.scenario, spec.upstream, started_at, f"range-{spec.scenario.name}")


def save_range(root: Path, found: OperatingRange) -> Path:
    """Writes range.json whole, in place of the one before, and returns the range's folder. Raises RecordError."""
    folder = root / found.id
    folder.mkdir(parents=True, exist_ok=True)
    write_record_file(folder / FILE, found.model_dump_json(indent=1) + "\n")
    return folder


def load_range(folder: Path) -> OperatingRange:
    """Reads a range. Raises RecordError when it cannot be read, is one of a newer schema, or not that of its folder."""
    path = folder / FILE
    try:
        text = path.read_bytes()
    except OSError:
        raise NotFoundError(str(folder), "", f"is not a range: it has no {FILE}") from None
    try:
        found = OperatingRange.model_validate_json(text)
    except ValueError as error:
        raise schema_errors.unreadable(path, text, SCHEMA, "range", error) from None
    if found.schema_version > SCHEMA:
        raise schema_errors.newer_schema(path, found.schema_version, SCHEMA)
    if found.id != folder.resolve().name:
        raise RecordError(
            str(path), "id", f"is {found.id}, but the folder has another name; rename the folder"
        )
    return found


def list_ranges(root: Path) -> list[OperatingRange | Broken]:
    """Every range under `root`, newest first; those that cannot be read are listed as such."""
    found: list[OperatingRange | Broken] = []
    for path in sorted(root.glob(f"*/{FILE}"), reverse=True):
        try:
            found.append(load_range(path.parent))
        except RecordError as error:
            found.append(Broken(path.parent, error))
    return found


def readable_ranges(root: Path) -> list[OperatingRange]:
    """Every range under `root` that can be read, newest first."""
    return [found for found in list_ranges(root) if isinstance(found, OperatingRange)]


def is_searching(found: OperatingRange, root: Path) -> bool:
    """Whether a search is running now; a killed search has no end in its file."""
    return found.state == "live" and time.time() - _last_write_s(root / found.id) < SILENT_AFTER_S


def find_range(root: Path, name: str) -> OperatingRange:
    """The range called `name`, or the only one whose name contains it; `latest` is the newest that can be read.

    Raises NotFoundError when none or several match.
    """
    known = {found.id: found for found in readable_ranges(root)}
    try:
        return known[match_name(name, list(known), "range", f"the folders with a {FILE} are the ranges")]
    except NoMatch as problem:
        raise NotFoundError(str(root), "", str(problem)) from None


def _last_write_s(folder: Path) -> float:
    """When the range or its newest trial was last written to, in Unix time."""
    trials = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    written = [folder / FILE, *(trials[-1].iterdir() if trials else ())]
    return max((path.stat().st_mtime for path in written if path.exists()), default=0.0)
