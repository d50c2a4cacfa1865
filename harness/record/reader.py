"""Opens runs: complete, live, interrupted or killed in the middle of a batch."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet

from harness.model.errors import ConfigError
from harness.model.run import SCHEMA, End, Run, State
from harness.record import schema_errors
from harness.record.schema import TABLES
from harness.record.streams import PARQUET, STREAM, read_stream
from harness.record.tags import FILE as TAGS
from harness.record.tags import tags

if TYPE_CHECKING:
    import pandas as pd

SILENT_AFTER_S = 5.0


@dataclass(frozen=True, slots=True)
class Broken:
    """A folder that can't be opened as a run, and why in one line."""

    folder: Path
    reason: str


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
        """When the record was last written to, in Unix time; tags, which are no part of it, don't count."""
        written = [p.stat().st_mtime for p in self.folder.iterdir() if TAGS not in p.name]
        return max(written, default=0.0)

    def table(self, name: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """One table, or some of its columns, as far as it has been written."""
        parquet, stream = self.folder / (name + PARQUET), self.folder / (name + STREAM)
        if parquet.exists():
            found = pyarrow.parquet.read_table(parquet, columns=columns)
        else:
            whole = read_stream(stream) if stream.exists() else TABLES[name].empty_table()
            found = whole.select(list(columns)) if columns else whole
        frame: pd.DataFrame = found.to_pandas()
        return frame

    def calls(self) -> pd.DataFrame:
        """The calls with the derived durations `latency_s`, `thread_wait_s` and `schedule_lag_s`."""
        frame = self.table("calls")
        frame["latency_s"] = frame["ended_s"] - frame["scheduled_s"]
        frame["thread_wait_s"] = (frame["started_s"] - frame["dispatched_s"]).clip(lower=0)
        frame["schedule_lag_s"] = (frame["dispatched_s"] - frame["scheduled_s"]).clip(lower=0)
        return frame


def open_run(folder: Path) -> Record:
    """Opens one run's folder. Raises ConfigError when there is no run, or one of a newer schema."""
    path = folder / "run.json"
    if not path.exists():
        raise ConfigError(
            str(folder), "", "is not a run: it has no run.json; `surgeline list` shows the runs"
        )
    try:
        run = Run.model_validate_json(path.read_bytes())
    except ValueError as error:
        raise ConfigError(
            str(path), "", schema_errors.unreadable_reason(path.read_bytes(), SCHEMA, "run", error)
        ) from None
    if run.schema_version > SCHEMA:
        raise ConfigError(str(path), "", schema_errors.newer_schema_reason(run.schema_version, SCHEMA))
    end = folder / "end.json"
    try:
        ended = End.model_validate_json(end.read_bytes()) if end.exists() else None
        return Record(folder, run, ended, tags(folder))
    except ValueError as error:
        raise ConfigError(str(end), "", f"can't be read: {schema_errors.first_line(error)}") from None


def list_runs(root: Path) -> list[Record | Broken]:
    """Every run under `root`, newest first; folders that can't be opened are listed as such."""
    found: list[Record | Broken] = []
    folders = (
        (p for p in root.iterdir() if p.is_dir() and not p.name.startswith(".")) if root.is_dir() else ()
    )
    for folder in sorted(folders, key=lambda p: p.name, reverse=True):
        if not (folder / "run.json").exists():
            continue
        try:
            found.append(open_run(folder))
        except ConfigError as error:
            found.append(Broken(folder, str(error)))
    return found


def find_run(root: Path, name: str) -> Record:
    """The run called `name`, or the only one whose name contains it; `latest` is the newest.

    Raises ConfigError when none or several fit.
    """
    if (root / name / "run.json").exists() and (root / name).resolve().parent == root.resolve():
        return open_run(root / name)
    records = [r for r in list_runs(root) if isinstance(r, Record)]
    fitting = records[:1] if name == "latest" else [r for r in records if name in r.run.id]
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        raise ConfigError(str(root), name, "fits no run; `surgeline list` shows the runs")
    raise ConfigError(
        str(root), name, f"fits {len(fitting)} runs, among them {fitting[0].run.id}; write more of it"
    )
