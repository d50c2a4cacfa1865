"""A range on disk: `runs/<id>/range.json` beside the folders of its trials' runs."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from harness.model.atomic import is_taken, new_folder, numbered
from harness.model.errors import NotFoundError, RecordError
from harness.model.name_match import NoMatch, match_name
from harness.model.range import SCHEMA, OperatingRange, SearchSpec
from harness.model.run import record_id
from harness.record.reader import Broken, folders_of, last_write_s
from harness.record.record_file import read_record_file, write_record_file

FILE = "range.json"
SILENT_AFTER_S = 60.0
"""Longer than a trial waits for an idle machine and is judged."""


def range_id(spec: SearchSpec, started_at: datetime) -> str:
    """The range's name: as a run's, with `range` before the scenario's."""
    return record_id(spec.policy, spec.scenario, spec.upstream, started_at, f"range-{spec.scenario.name}")


def claim_range(root: Path, found: OperatingRange) -> OperatingRange:
    """Makes the folder of a range that begins, and finds that of one that continues; returns it with its folder's id.

    Where another range has the id, because it began in the same second, a number is added. Raises RecordError.
    """
    for name in numbered(found.id):
        named = found.model_copy(update={"id": name})
        try:
            with new_folder(root / name) as draft:
                write_record_file(draft / FILE, _text(named))
            return named
        except OSError as error:
            if not is_taken(error):
                raise RecordError(str(root), "", f"cannot be written: {error.strerror}") from None
        with suppress(RecordError):
            if load_range(root / name).started_at == found.started_at:
                return named
    raise AssertionError  # there is always another number


def _text(found: OperatingRange) -> str:
    return found.model_dump_json(indent=1) + "\n"


def save_range(root: Path, found: OperatingRange) -> Path:
    """Writes range.json whole, in place of the one before, and returns the range's folder. Raises RecordError."""
    folder = root / found.id
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RecordError(str(folder), "", f"cannot be made: {error.strerror}") from None
    write_record_file(folder / FILE, _text(found))
    return folder


def load_range(folder: Path) -> OperatingRange:
    """Reads a range. Raises RecordError when it cannot be read, is one of a newer schema, or not that of its folder."""
    path = folder / FILE
    try:
        found = read_record_file(OperatingRange, path, SCHEMA, "range")
    except NotFoundError:
        raise NotFoundError(str(folder), "", f"is not a range: it has no {FILE}") from None
    if found.id != Path(os.path.abspath(folder)).name:
        raise RecordError(
            str(path), "id", f"is {found.id}, but the folder has another name; rename the folder"
        )
    return found


def list_ranges(root: Path) -> list[OperatingRange | Broken]:
    """Every range under `root`, newest first; those that cannot be read are listed as such."""
    found: list[OperatingRange | Broken] = []
    for folder in folders_of(root):
        try:
            found.append(load_range(folder))
        except NotFoundError:
            continue
        except RecordError as error:
            found.append(Broken(folder, error))
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
    trials = [trial for trial in folders_of(folder) if trial.is_dir()]
    return max(last_write_s(each) for each in (folder, *trials[:1]))
