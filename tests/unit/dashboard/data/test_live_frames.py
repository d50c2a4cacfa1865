"""What is shown of a live run is made of what is new since the last look, and is the same as of all of it."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from dashboard.data.live_frames import LiveFrames
from dashboard.data.run_frames import run_frames
from dashboard.data.run_window import ShownWindow
from harness.record.followed_run import FollowedRun
from harness.record.reader import Record, open_run
from tests.unit.dashboard import made_runs

POLICIES = [made_runs.STATELESS, made_runs.TEXTBOOK]


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that nobody writes to counts as live for as long as a test takes."""
    monkeypatch.setattr("harness.record.reader.SILENT_AFTER_S", 3600.0)


@pytest.fixture(params=POLICIES, ids=lambda policy: policy.name)
def run(request: pytest.FixtureRequest, tmp_path: Path) -> made_runs.Underway:
    """A run with a fault from 10 s to 18 s, whose slowest calls last for seconds; its pieces are 10 s long."""
    return made_runs.underway(tmp_path, request.param)


@pytest.mark.parametrize("window", [None, ShownWindow(4.0, 17.0)], ids=["all", "some"])
def test_the_frames_of_each_look_are_those_of_the_whole_record(
    run: made_runs.Underway, window: ShownWindow | None
) -> None:
    live = LiveFrames(run.folder)
    for _ in range(7):
        run.write(4)
        record = open_run(run.folder)
        _assert_same(live.frames(record, window), run_frames(record, window))


@pytest.mark.parametrize("looks_at", [{15.0}, {3.0, 29.0}])
def test_looks_that_are_far_apart_see_all_of_it(run: made_runs.Underway, looks_at: set[float]) -> None:
    live = LiveFrames(run.folder)
    for second in range(1, 31):
        run.write()
        if second in looks_at:
            record = open_run(run.folder)
            _assert_same(live.frames(record), run_frames(record))


def test_the_seconds_and_the_numbers_are_of_the_same_look(run: made_runs.Underway) -> None:
    live = LiveFrames(run.folder)
    run.write(5)
    record = open_run(run.folder)
    seconds, numbers = live.seconds(record)
    assert numbers == live.numbers(record) == run_frames(record).live
    assert seconds["at_s"].max() == numbers.second_s == 4.0
    pd.testing.assert_frame_equal(seconds, run_frames(record).seconds)


def test_a_run_that_outlasts_its_plan_has_a_longer_axis(tmp_path: Path) -> None:
    run = made_runs.underway(tmp_path, made_runs.STATELESS)
    live = LiveFrames(run.folder)
    run.write(29)
    live.frames(open_run(run.folder))
    run.write(int(run.world.until_s) - 28)
    record = open_run(run.folder)
    _assert_same(live.frames(record), run_frames(record))


def test_what_is_written_while_a_look_reads_makes_no_number_better(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = made_runs.underway(tmp_path, made_runs.TEXTBOOK)
    run.write(5)
    look = FollowedRun.look

    def look_and_go_on(
        followed: FollowedRun, spans: Iterable[tuple[float, float]]
    ) -> set[tuple[float, float]]:
        run.write()
        return look(followed, spans)

    monkeypatch.setattr(FollowedRun, "look", look_and_go_on)
    assert LiveFrames(run.folder).frames(open_run(run.folder)).live.second_s == 4.0


def test_a_look_at_a_long_run_needs_little_more_memory_than_one_at_a_short_run(tmp_path: Path) -> None:
    """Each look read the whole run: the dashboard's memory grew with it, by hundreds of megabytes an hour."""
    long = made_runs.scenario("long", duration_s=210.0, rate_per_s=60.0)
    run = made_runs.underway(tmp_path, made_runs.CAREFUL, long)
    live, looks, whole = LiveFrames(run.folder), list[int](), list[int]()
    for seconds in (30, 170):
        run.write(seconds)
        record = open_run(run.folder)
        live.frames(record)
        looks.append(_peak_bytes(live.frames, record))
        whole.append(_peak_bytes(run_frames, record))
    assert looks[1] - looks[0] < (whole[1] - whole[0]) / 10


def _peak_bytes(look: Callable[[Record], object], record: Record) -> int:
    """The most memory that frames and arrays had at once during a look."""
    tracemalloc.start()
    try:
        look(record)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _assert_same(one: Any, other: Any) -> None:
    """The frames are the same, but for the quantiles, for which all calls would have to be read."""
    for field in fields(one):
        a, b = getattr(one, field.name), getattr(other, field.name)
        if field.name == "quantiles":
            assert a.empty
        elif isinstance(a, pd.DataFrame):
            pd.testing.assert_frame_equal(a, b, obj=field.name, check_dtype=bool(len(a)))
        elif is_dataclass(a):
            _assert_same(a, b)
        else:
            assert a == b, field.name
