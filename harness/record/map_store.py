"""A stability map on disk: `runs/<id>/map.json` beside the folders of the runs that check its cells."""

from __future__ import annotations

import os
import time
from datetime import datetime
from pathlib import Path

from harness.model.atomic import is_taken, new_folder, numbered
from harness.model.errors import NotFoundError, RecordError
from harness.model.run import record_id
from harness.model.stability_map import SCHEMA, MapSpec, StabilityMap
from harness.record.reader import Broken, folders_of, last_write_s
from harness.record.record_file import read_record_file, write_record_file

FILE = "map.json"
SILENT_AFTER_S = 90.0
"""Longer than a sweep of the cells takes from one writing of the file to the next."""


def map_id(spec: MapSpec, started_at: datetime) -> str:
    """The map's name: as a run's, with `map` before the scenario's."""
    about = f"map-{spec.scenario.name}"
    return record_id(spec.policy, spec.scenario, spec.upstream, started_at, about)


def claim_map(root: Path, found: StabilityMap) -> StabilityMap:
    """Makes the folder of a new map and returns the map with its folder's id. Raises RecordError."""
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


def save_map(root: Path, found: StabilityMap) -> Path:
    """Writes map.json whole, in place of the one before, and returns the map's folder. Raises RecordError."""
    write_record_file(root / found.id / FILE, _text(found))
    return root / found.id


def load_map(folder: Path) -> StabilityMap:
    """Reads a map. Raises RecordError when it cannot be read, is of a newer schema, or not that of its folder."""
    path = folder / FILE
    try:
        found = read_record_file(StabilityMap, path, SCHEMA, "map")
    except NotFoundError:
        raise NotFoundError(str(folder), "", f"is not a map: it has no {FILE}") from None
    if found.id != Path(os.path.abspath(folder)).name:
        raise RecordError(
            str(path), "id", f"is {found.id}, but the folder has another name; rename the folder"
        )
    return found


def list_maps(root: Path) -> list[StabilityMap | Broken]:
    """Every map under `root`, newest first; those that cannot be read are listed as such."""
    found: list[StabilityMap | Broken] = []
    for folder in folders_of(root):
        try:
            found.append(load_map(folder))
        except NotFoundError:
            continue
        except RecordError as error:
            found.append(Broken(folder, error))
    return found


def is_mapping(found: StabilityMap, root: Path) -> bool:
    """Whether the map is being made now; a command that was killed has no end in its file."""
    folder = root / found.id
    newest = max(
        [last_write_s(folder), *(last_write_s(each) for each in folders_of(folder)[:1] if each.is_dir())]
    )
    return found.state == "live" and time.time() - newest < SILENT_AFTER_S


def _text(found: StabilityMap) -> str:
    return found.model_dump_json(indent=1) + "\n"
