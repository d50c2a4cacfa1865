"""What a command keeps beside the runs: one file in a folder of its own, such as `runs/<id>/range.json`."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Generic, TypeVar

from harness.model.atomic import is_taken, new_folder, numbered
from harness.model.errors import NotFoundError, RecordError
from harness.model.name_match import NoMatch, match_name
from harness.model.range import SCHEMA as RANGE_SCHEMA
from harness.model.range import OperatingRange, SearchSpec
from harness.model.run import record_id
from harness.model.stability_map import SCHEMA as MAP_SCHEMA
from harness.model.stability_map import MapSpec, StabilityMap
from harness.model.tuning import SCHEMA as TUNING_SCHEMA
from harness.model.tuning import TuneSpec, Tuning
from harness.record.reader import Broken, folders_of, last_write_s
from harness.record.record_file import read_record_file, write_record_file

Result = TypeVar("Result", OperatingRange, StabilityMap, Tuning)


@dataclass(frozen=True, slots=True)
class ResultStore(Generic[Result]):
    """The results of one kind. `noun` is what messages call one, `word` stands before the scenario in its name.

    `silent_after_s` is longer than its command takes from one writing in the folder to the next.
    """

    kind: type[Result]
    noun: str
    word: str
    file: str
    schema: int
    silent_after_s: float

    def name(self, spec: SearchSpec | MapSpec | TuneSpec, started_at: datetime) -> str:
        """The name of a result that begins: as a run's, with the kind's word before the scenario's name."""
        about = f"{self.word}-{spec.scenario.name}"
        return record_id(spec.policy, spec.scenario, spec.upstream, started_at, about)

    def claim(self, root: Path, found: Result) -> Result:
        """Makes a folder for a result that begins, or finds that of one that continues; returns it with its id.

        Where another result has the id, because it began in the same second, a number is added. Raises RecordError.
        """
        for name in numbered(found.id):
            named = found.model_copy(update={"id": name})
            try:
                with new_folder(root / name) as draft:
                    write_record_file(draft / self.file, _text(named))
                return named
            except OSError as error:
                if not is_taken(error):
                    raise RecordError(str(root), "", f"cannot be written: {error.strerror}") from None
            with suppress(RecordError):
                if self.load(root / name).started_at == found.started_at:
                    return named
        raise AssertionError  # there is always another number

    def save(self, root: Path, found: Result) -> Path:
        """Writes the file whole, in place of the one before, and returns the folder. Raises RecordError."""
        folder = root / found.id
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RecordError(str(folder), "", f"cannot be made: {error.strerror}") from None
        write_record_file(folder / self.file, _text(found))
        return folder

    def load(self, folder: Path) -> Result:
        """Reads a result. Raises RecordError when it cannot be read, has a newer schema, or another folder's id."""
        path = folder / self.file
        try:
            found = read_record_file(self.kind, path, self.schema, self.noun)
        except NotFoundError:
            raise NotFoundError(str(folder), "", f"is not a {self.noun}: it has no {self.file}") from None
        if found.id != Path(os.path.abspath(folder)).name:
            problem = f"is {found.id}, but the folder has another name; rename the folder"
            raise RecordError(str(path), "id", problem)
        return found

    def listed(self, root: Path) -> list[Result | Broken]:
        """Every result under `root`, newest first; those that cannot be read are listed as such."""
        found: list[Result | Broken] = []
        for folder in folders_of(root):
            try:
                found.append(self.load(folder))
            except NotFoundError:
                continue
            except RecordError as error:
                found.append(Broken(folder, error))
        return found

    def find(self, root: Path, name: str) -> Result:
        """The result called `name`, or the only one whose name contains it; `latest` is the newest that can be read.

        Raises NotFoundError when none or several match.
        """
        known = {found.id: found for found in self.listed(root) if not isinstance(found, Broken)}
        where = f"the folders with a {self.file} are the {self.noun}s"
        try:
            return known[match_name(name, list(known), self.noun, where)]
        except NoMatch as problem:
            raise NotFoundError(str(root), "", str(problem)) from None

    def is_live(self, found: Result, root: Path) -> bool:
        """Whether its command is at work now; one that was killed has no end in its file."""
        folder = root / found.id
        newest = next((each for each in folders_of(folder) if each.is_dir()), folder)
        written_s = max(last_write_s(folder), last_write_s(newest))
        return found.state == "live" and abs(time.time() - written_s) < self.silent_after_s


def _text(found: OperatingRange | StabilityMap | Tuning) -> str:
    return found.model_dump_json(indent=1) + "\n"


RANGES = ResultStore(OperatingRange, "range", "range", "range.json", RANGE_SCHEMA, silent_after_s=60.0)
MAPS = ResultStore(StabilityMap, "map", "map", "map.json", MAP_SCHEMA, silent_after_s=90.0)
TUNINGS = ResultStore(Tuning, "tuning", "tune", "tuning.json", TUNING_SCHEMA, silent_after_s=600.0)
