"""Opens runs: complete, live, interrupted or killed in the middle of a batch."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet

from harness.model.errors import NotFoundError, RecordError
from harness.model.name_match import LATEST, NoMatch, match_name
from harness.model.quantities import DURATIONS
from harness.model.run import SCHEMA, End, Run, State
from harness.record import schema_errors
from harness.record.schema import TABLES, ZERO_WHERE_ABSENT
from harness.record.streams import PARQUET, STREAM, read_stream
from harness.record.tags import FILE as TAGS
from harness.record.tags import tags

if TYPE_CHECKING:
    import pandas as pd

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
        """`live` while batches keep coming, `interrupted` when they stopped without an end."""
        if self.end is not None:
            return self.end.state
        return "live" if time.time() - self.last_write_s < SILENT_AFTER_S else "interrupted"

    @property
    def last_write_s(self) -> float:
        """When the record was last written to, in Unix time; tags, which are no part of it, do not count."""
        written = [p.stat().st_mtime for p in self.folder.iterdir() if TAGS not in p.name]
        return max(written, default=0.0)

    def has(self, name: str) -> bool:
        """Whether the run has this table, with rows or without; a run of an earlier version may lack it."""
        return any((self.folder / (name + suffix)).exists() for suffix in (PARQUET, STREAM))

    def table(self, name: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """One table, or some of its columns, as far as it has been written.

        A duration that the record's version did not know is 0; another column that it lacks is left out.
        """
        parquet, stream = self.folder / (name + PARQUET), self.folder / (name + STREAM)
        if parquet.exists():
            with pyarrow.parquet.ParquetFile(parquet) as file:
                found = file.read(_present(file.schema_arrow.names, columns))
        else:
            whole = read_stream(stream) if stream.exists() else TABLES[name].empty_table()
            found = whole.select(_present(whole.column_names, columns))
        frame: pd.DataFrame = found.to_pandas()
        for column in ZERO_WHERE_ABSENT.get(name, ()):
            if column not in frame and (columns is None or column in columns):
                frame[column] = 0.0
        return frame

    def calls(self) -> pd.DataFrame:
        """The calls with the durations between two of their moments, such as `latency_s`."""
        frame = self.table("calls")
        for row in DURATIONS:
            if row.between:
                begin, end = row.between
                frame[row.field] = (frame[end] - frame[begin]).clip(lower=0)
        return frame


def _present(names: Sequence[str], wanted: Sequence[str] | None) -> list[str]:
    return [name for name in wanted if name in names] if wanted is not None else list(names)


def open_run(folder: Path) -> Record:
    """Opens one run's folder. Raises NotFoundError, NewerSchemaError or DamagedError when it cannot."""
    path = folder / "run.json"
    if not path.exists():
        raise NotFoundError(str(folder), "", f"is not a run: it has no run.json; {LIST_THEM}")
    try:
        run = Run.model_validate_json(path.read_bytes())
    except ValueError as error:
        raise schema_errors.unreadable(path, path.read_bytes(), SCHEMA, "run", error) from None
    if run.schema_version > SCHEMA:
        raise schema_errors.newer_schema(path, run.schema_version, SCHEMA)
    end = folder / "end.json"
    try:
        ended = End.model_validate_json(end.read_bytes()) if end.exists() else None
        return Record(folder, run, ended, tags(folder))
    except ValueError as error:
        raise schema_errors.unreadable(end, end.read_bytes(), SCHEMA, "run", error) from None


def list_runs(root: Path) -> list[Record | Broken]:
    """Every run under `root`, newest first; folders that cannot be opened are listed as such."""
    found: list[Record | Broken] = []
    folders = (
        (p for p in root.iterdir() if p.is_dir() and not p.name.startswith(".")) if root.is_dir() else ()
    )
    for folder in sorted(folders, key=lambda p: p.name, reverse=True):
        if not (folder / "run.json").exists():
            continue
        try:
            found.append(open_run(folder))
        except RecordError as error:
            found.append(Broken(folder, error))
    return found


def find_run(root: Path, name: str) -> Record:
    """The run called `name`, or the only one whose name contains it; `latest` is the newest that opens.

    Raises NotFoundError when none or several match, and the run's own error when it cannot be opened.
    """
    if (root / name / "run.json").exists() and (root / name).resolve().parent == root.resolve():
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
