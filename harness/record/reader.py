"""Opens runs: complete, live, interrupted or killed in the middle of a batch."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.model.errors import DamagedError, NotFoundError, RecordError
from harness.model.name_match import LATEST, NoMatch, match_name
from harness.model.quantities import DURATIONS, OUTBOUND
from harness.model.run import SCHEMA, End, Run, State
from harness.record.notes import FILE as NOTES
from harness.record.record_file import read_record_file
from harness.record.schema import WHERE_ABSENT
from harness.record.streams import PARQUET, STREAM, read_table
from harness.record.tags import FILE as TAGS
from harness.record.tags import tags

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

SILENT_AFTER_S = 5.0
LIST_THEM = "`surgeline list` shows the runs"


@dataclass(frozen=True, slots=True)
class Broken:
    """A folder that cannot be opened as a run or a range, and why."""

    folder: Path
    error: RecordError


@dataclass(frozen=True, slots=True)
class Record:
    """One recorded run. Frames are pandas, with the schema's columns; an absent table is an empty frame."""

    folder: Path
    run: Run
    end: End | None
    tags: tuple[str, ...] = ()

    @property
    def state(self) -> State:
        """`live` while batches keep coming, `interrupted` when they stopped without an end.

        A batch that seems to come from the future is from before the machine's clock was set back.
        """
        if self.end is not None:
            return self.end.state
        return "live" if abs(time.time() - self.last_write_s) < SILENT_AFTER_S else "interrupted"

    @property
    def last_write_s(self) -> float:
        """When the record was last written to, in Unix time; tags and notes, which are no part of it, do not count."""
        return last_write_s(self.folder)

    def has(self, name: str) -> bool:
        """Whether the run has this table, with rows or without; a run of an earlier version may lack it."""
        return any((self.folder / (name + suffix)).exists() for suffix in (PARQUET, STREAM))

    def table(self, name: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """One table, or some of its columns, as far as it has been written.

        A duration that the record's version did not know is 0, and its attempts had no hedges; another column that it
        lacks is left out. Raises DamagedError, which names the file.
        """
        frame: pd.DataFrame = self.arrow_table(name, columns).to_pandas()
        for column, value in WHERE_ABSENT.get(name, {}).items():
            if column not in frame and (columns is None or column in columns):
                frame[column] = value
        return frame

    def arrow_table(self, name: str, columns: Sequence[str] | None = None) -> pa.Table:
        """The same as Arrow's table, with the columns that are in the files. Raises DamagedError."""
        return read_table(self.folder, name, columns)

    def calls(self, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """The calls, or some of their columns, with the durations between two of these moments, such as `latency_s`.

        Those of a started service have the column `outbound`, too: whether attempts of theirs are known.
        Raises DamagedError.
        """
        frame = self.table("calls", columns)
        between = [(row.field, *row.between) for row in DURATIONS if row.between]
        wanted = {
            moment for _, *moments in between for moment in moments if columns is None or moment in columns
        }
        if missing := sorted(wanted - set(frame.columns)):
            raise DamagedError(str(self.folder), "calls", f"is damaged: it has no column {missing[0]}")
        for field, begin, end in between:
            if begin in wanted and end in wanted:
                frame[field] = (frame[end] - frame[begin]).clip(lower=0)
        if self.run.scenario.service.command and {"attempts", "reported"} <= set(frame.columns):
            frame[OUTBOUND] = frame["reported"] & (frame["attempts"] > 0)
        return frame


def last_write_s(folder: Path) -> float:
    """When a folder's files, without tags and notes, were last written to, in Unix time; 0 where none can be seen."""
    written = [0.0]
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            with suppress(OSError):  # a draft has become its file
                if TAGS not in entry.name and NOTES not in entry.name:
                    written.append(entry.stat().st_mtime)
    return max(written)


def open_run(folder: Path) -> Record:
    """Opens one run's folder. Raises NotFoundError, NewerSchemaError or DamagedError when it cannot."""
    try:
        run = read_record_file(Run, folder / "run.json", SCHEMA, "run")
    except NotFoundError:
        raise NotFoundError(str(folder), "", f"is not a run: it has no run.json; {LIST_THEM}") from None
    try:
        ended = read_record_file(End, folder / "end.json", SCHEMA, "run")
    except NotFoundError:
        ended = None
    return Record(folder, run, ended, tags(folder))


def list_runs(root: Path) -> list[Record | Broken]:
    """Every run under `root`, newest first; folders that cannot be opened are listed as such.

    Raises RecordError for a `root` that cannot be listed.
    """
    found: list[Record | Broken] = []
    for folder in folders_of(root):
        try:
            found.append(open_run(folder))
        except NotFoundError:
            continue
        except RecordError as error:
            found.append(Broken(folder, error))
    return found


def folders_of(root: Path) -> list[Path]:
    """What may be runs: the names in a folder, newest first; a name that begins with a dot is a draft."""
    try:
        names = [name for name in os.listdir(root) if not name.startswith(".")]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RecordError(
            str(root), "", f"cannot be listed: {error.strerror}; check its permissions"
        ) from None
    return [root / name for name in sorted(names, reverse=True)]


def is_folder_of(root: Path, name: str) -> bool:
    """Whether `root` has a folder of exactly this name, and no link to another place."""
    return root / name in folders_of(root) and os.path.dirname(
        os.path.realpath(root / name)
    ) == os.path.realpath(root)


def find_run(root: Path, name: str) -> Record:
    """The run called `name`, or the only one whose name contains it; `latest` is the newest that opens.

    Raises NotFoundError when none or several match, and the run's own error when it cannot be opened.
    """
    if is_folder_of(root, name):
        with suppress(NotFoundError):
            return open_run(root / name)
    listed = {_name(each): each for each in list_runs(root)}
    opened = [run for run, each in listed.items() if isinstance(each, Record)]
    try:
        found = listed[match_name(name, opened if name == LATEST else list(listed), "run", LIST_THEM)]
    except NoMatch as problem:
        raise NotFoundError(str(root), "", str(problem)) from None
    if isinstance(found, Broken):
        raise found.error
    return found


def _name(listed: Record | Broken) -> str:
    return listed.run.id if isinstance(listed, Record) else listed.folder.name
