"""A search for a policy on disk: `runs/<id>/tuning.json`, beside the runs that confirmed it."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from harness.model.atomic import is_taken, new_folder, numbered
from harness.model.errors import NotFoundError, RecordError
from harness.model.run import record_id
from harness.model.tuning import SCHEMA, TuneSpec, Tuning
from harness.record.reader import Broken, folders_of, last_write_s
from harness.record.record_file import read_record_file, write_record_file

FILE = "tuning.json"
SILENT_AFTER_S = 600.0
"""Longer than a batch of simulations takes, and than a run in the lab."""


def tuning_id(spec: TuneSpec, started_at: datetime) -> str:
    """The search's name: as a run's, with `tune` before the scenario's."""
    return record_id(spec.policy, spec.scenario, spec.upstream, started_at, f"tune-{spec.scenario.name}")


def claim_tuning(root: Path, found: Tuning) -> Tuning:
    """Makes the folder of a search that begins, and returns it with its folder's id. Raises RecordError."""
    for name in numbered(found.id):
        named = found.model_copy(update={"id": name})
        try:
            with new_folder(root / name) as draft:
                write_record_file(draft / FILE, _text(named))
            return named
        except OSError as error:
            if not is_taken(error):
                raise RecordError(str(root), "", f"cannot be written: {error.strerror}") from None
    raise AssertionError  # there is always another number


def save_tuning(root: Path, found: Tuning) -> Path:
    """Writes tuning.json whole, in place of the one before, and returns the folder. Raises RecordError."""
    folder = root / found.id
    write_record_file(folder / FILE, _text(found))
    return folder


def load_tuning(folder: Path) -> Tuning:
    """Reads a search. Raises RecordError when it cannot be read, is of a newer schema, or not that of its folder."""
    path = folder / FILE
    try:
        found = read_record_file(Tuning, path, SCHEMA, "search")
    except NotFoundError:
        raise NotFoundError(str(folder), "", f"is not a search for a policy: it has no {FILE}") from None
    if found.id != Path(os.path.abspath(folder)).name:
        problem = f"is {found.id}, but the folder has another name; rename the folder"
        raise RecordError(str(path), "id", problem)
    return found


def list_tunings(root: Path) -> list[Tuning | Broken]:
    """Every search under `root`, newest first; those that cannot be read are listed as such."""
    found: list[Tuning | Broken] = []
    for folder in folders_of(root):
        with suppress(NotFoundError):
            try:
                found.append(load_tuning(folder))
            except NotFoundError:
                raise
            except RecordError as error:
                found.append(Broken(folder, error))
    return found


def is_tuning(found: Tuning, root: Path) -> bool:
    """Whether a search is running now; one that was killed has no end in its file."""
    return found.state == "live" and time.time() - last_write_s(root / found.id) < SILENT_AFTER_S


def _text(found: Tuning) -> str:
    return found.model_dump_json(indent=1) + "\n"
