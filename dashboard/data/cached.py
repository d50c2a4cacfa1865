"""Cached reads. What has ended is cached by path and time of writing; of what is live, only the new part is read."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
import streamlit as st

from dashboard.data.computed_frames import computed_frames
from dashboard.data.live_frames import LiveFrames
from dashboard.data.live_numbers import LiveNumbers
from dashboard.data.run_frames import RunFrames, run_frames
from dashboard.data.run_window import ShownWindow
from dashboard.launch import READ_ONLY, RUNS
from harness.analyse.measure.measurements import Measurements
from harness.assess.computed_comparison import computed_comparison
from harness.assess.ranges import most_informative_run
from harness.assess.rehearsals import rehearsal_of
from harness.assess.runs import judged_between
from harness.assess.runs import suggestions_for as suggested
from harness.model.allowed_targets import is_loopback
from harness.model.call_query import CallCounts, CallPage, CallQuery
from harness.model.errors import NotFoundError, RecordError, SurgelineError
from harness.model.range import OperatingRange
from harness.model.rehearsal import Rehearsal
from harness.model.run import End
from harness.model.suggestion import Suggestion
from harness.model.verdict import Comparison, Verdict
from harness.record.call_store import CallStore
from harness.record.computed_file import remove_outdated
from harness.record.machine import MACHINE_CHECK_FILE
from harness.record.notes import FILE as NOTES
from harness.record.reader import Broken, Record, find_run, folders_of, is_folder_of, list_runs, open_run

CLOSING_S = 60.0
AT_WORK = 0.2  # the share of the time that looking at a live run may take


def root() -> Path:
    """The runs folder."""
    return Path(os.environ.get(RUNS) or "runs")


def read_only() -> bool:
    """Whether this server is read-only: if it was started so, or if other machines can reach it."""
    return bool(os.environ.get(READ_ONLY)) or not is_loopback(st.get_option("server.address") or "")


def all_runs() -> tuple[list[Record], list[Broken]]:
    """All runs, newest first, and the folders that can't be opened."""
    found = _list(str(root()), _stamps(root()))
    return (
        [r for r in found if isinstance(r, Record)],
        [r for r in found if isinstance(r, Broken)],
    )


def policy_order() -> list[str]:
    """All policies, the one that was run first at first: the order of their colours on every page."""
    return list(dict.fromkeys(record.run.policy.name for record in reversed(all_runs()[0])))


def cached_run(name: str, within: str = "") -> Record | RecordError:
    """The run called exactly `name`, or the `latest`, or why it can't be shown; a trial lies `within` a range."""
    folder = root() / within if within else root()
    if within and not is_folder_of(root(), within):
        return NotFoundError(str(root()), "", f"no range is called {within!r}; choose one in the list")
    try:
        record = find_run(folder, name)
    except RecordError as problem:
        return problem
    if name not in ("latest", record.run.id, record.folder.name):
        return NotFoundError(str(root()), "", f"no run is called {name!r}; choose one in the list")
    return record


def cached_suggestions(found: OperatingRange) -> list[Suggestion]:
    """The suggestions from the range's most informative run, from the cache while no trial is added."""
    return _suggestions(str(root() / found.id), len(found.trials), found)


def may_still_end(record: Record) -> bool:
    """Whether a run is live, or has been silent for so short that it may be at its own closing."""
    if record.end is not None:
        return False
    return time.time() - record.last_write_s < CLOSING_S


def cached_frames(record: Record, window: ShownWindow | None = None) -> RunFrames:
    """The frames of a run or of some seconds of it, from the cache if it has ended; of a live one without quantiles."""
    if record.end is None:
        return _live_frames(str(record.folder)).frames(record, window)
    stamps_ns = _written_ns(record.folder / "end.json"), _written_ns(record.folder / NOTES)
    return _picture(str(record.folder), stamps_ns, window)


def compared_frames(record: Record) -> RunFrames:
    """The frames of a run with its quantiles, for which all calls of a live one are read."""
    return run_frames(record) if record.end is None else cached_frames(record)


def live_numbers(record: Record) -> LiveNumbers:
    """The numbers of a live run's last whole second."""
    return _live_frames(str(record.folder)).numbers(record)


def live_seconds(record: Record) -> tuple[pd.DataFrame, LiveNumbers]:
    """The whole seconds of a live run so far, as timeline.per_second has them, and the numbers of the last one."""
    return _live_frames(str(record.folder)).seconds(record)


def cached_judgement(record: Record, window: ShownWindow) -> End | None:
    """The end of a run as if these seconds alone counted, from the cache; None for a run without an end."""
    if record.end is None:
        return None
    stamp_ns = _written_ns(record.folder / "end.json")
    measured, verdict = _judged_between(str(record.folder), stamp_ns, window.from_s, window.until_s)
    return record.end.model_copy(update={"measurements": measured, "verdict": verdict})


def pace_s(record: Record) -> float:
    """Seconds between looks at a live run: one, and longer for a run so large that looking takes long itself."""
    begun_s = time.perf_counter()
    cached_frames(record)
    return max(1.0, (time.perf_counter() - begun_s) / AT_WORK)


def cached_calls(record: Record, query: CallQuery) -> CallPage:
    """One page of a run's calls, from the cache if the run has ended. Raises DamagedError."""
    if record.end is None:
        return CallStore(record.folder).page(query)
    return _call_page(str(record.folder), _written_ns(record.folder / "end.json"), query)


def cached_counts(record: Record) -> CallCounts:
    """How many calls of a run ended how, from the cache if the run has ended. Raises DamagedError."""
    if record.end is None:
        return CallStore(record.folder).counts()
    return _call_counts(str(record.folder), _written_ns(record.folder / "end.json"))


def cached_rehearsal(records: Sequence[Record]) -> Rehearsal | SurgelineError:
    """Ended runs of one incident and policy as a rehearsal, from the cache; or why they are none."""
    stamps = [(r.folder / "end.json").stat().st_mtime_ns for r in records]
    try:
        return _rehearsal(tuple(str(r.folder) for r in records), tuple(stamps))
    except SurgelineError as problem:
        return problem


def choices(records: Sequence[Record]) -> dict[str, str]:
    """Run ids with what to call them in a list of choices."""
    return {
        r.run.id: f"{r.run.started_at:%d %b %H:%M:%S} · {r.run.scenario.name} · {r.run.policy.name}"
        for r in records
    }


def _stamps(folder: Path) -> tuple[tuple[str, int], ...]:
    """Names and times of writing of a folder's runs: it changes when a run appears, ends or goes."""
    return tuple(_stamp(path) for path in folders_of(folder))


def _stamp(path: Path) -> tuple[str, int]:
    """A path and when it was last written to; 0 for one that has gone or cannot be looked at."""
    try:
        return str(path), path.stat().st_mtime_ns
    except OSError:
        return str(path), 0


@st.cache_resource(show_spinner=False, max_entries=8)
def _live_frames(folder: str) -> LiveFrames:
    return LiveFrames(Path(folder))


@st.cache_data(show_spinner=False, max_entries=4)
def _list(folder: str, stamps: tuple[tuple[str, int], ...]) -> list[Record | Broken]:  # noqa: ARG001
    if not read_only():
        remove_outdated(Path(folder))
    return list_runs(Path(folder))


@st.cache_data(show_spinner="Reading the trial at the limit…", max_entries=64)
def _suggestions(folder: str, trials: int, _found: OperatingRange) -> list[Suggestion]:  # noqa: ARG001
    record = most_informative_run(_found, Path(folder))
    return [] if record is None else suggested(record)


@st.cache_data(show_spinner="Reading the repetitions…", max_entries=64)
def _rehearsal(folders: tuple[str, ...], stamps: tuple[int, ...]) -> Rehearsal:  # noqa: ARG001
    return rehearsal_of([open_run(Path(folder)) for folder in folders])


@st.cache_data(show_spinner="Reading the run…", max_entries=64)
def _picture(
    folder: str,
    stamps_ns: tuple[int, int],
    window: ShownWindow | None,
) -> RunFrames:
    record = open_run(Path(folder))
    found = (
        run_frames(record, window) if window is not None else computed_frames(record, keep=not read_only())
    )
    return replace(found, source=f"{folder} {stamps_ns} {window.text if window is not None else ''}")


@st.cache_data(show_spinner="Measuring these seconds…", max_entries=64)
def _judged_between(
    folder: str,
    stamp_ns: int,  # noqa: ARG001
    from_s: float,
    until_s: float,
) -> tuple[Measurements, Verdict]:
    return judged_between(open_run(Path(folder)), from_s, until_s)


@st.cache_data(show_spinner=False, max_entries=256)
def _call_page(folder: str, stamp_ns: int, query: CallQuery) -> CallPage:  # noqa: ARG001
    return CallStore(Path(folder)).page(query)


@st.cache_data(show_spinner=False, max_entries=64)
def _call_counts(folder: str, stamp_ns: int) -> CallCounts:  # noqa: ARG001
    return CallStore(Path(folder)).counts()


def cached_comparison(records: Sequence[Record]) -> Comparison | str:
    """The runs' differences, from the cache if all have ended; or why there are none, in words."""
    if any(r.end is None for r in records):
        return "Differences are shown once every run has ended."
    if len({r.run.policy.name for r in records}) < 2:
        return "These runs have the same policy, so there is no difference of policies to show."
    if len({r.run.scenario.name for r in records}) > 1:
        return "These runs are of different scenarios, so their calls can't be compared one by one."
    stamps = [(r.folder / "end.json").stat().st_mtime_ns for r in records]
    stamps += [_written_ns(folder / MACHINE_CHECK_FILE) for folder in {r.folder.parent for r in records}]
    return _compared(tuple(str(r.folder) for r in records), tuple(stamps))


def _written_ns(file: Path) -> int:
    """When a file was last written, in Unix time; 0 where there is none."""
    return file.stat().st_mtime_ns if file.exists() else 0


@st.cache_data(show_spinner="Comparing call by call…", max_entries=32)
def _compared(folders: tuple[str, ...], stamps: tuple[int, ...]) -> Comparison:  # noqa: ARG001
    return computed_comparison([open_run(Path(folder)) for folder in folders], keep=not read_only())
