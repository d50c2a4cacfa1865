"""A run is read once and reduced to what a screen can show."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from dashboard.data.run_frames import run_frames
from dashboard.data.run_window import ShownWindow
from harness.record.reader import open_run
from tests.unit.dashboard import made_runs


def test_retries_are_counted_per_second_and_reason(made: dict[str, Path]) -> None:
    record = open_run(made["textbook"])
    retried = (record.table("attempts")["reason"] != "").sum()
    seen = run_frames(record)
    assert (seen.retries["retries"] * seen.bin_s).sum() == pytest.approx(retried)


def test_a_run_of_which_nothing_was_written_yet_has_empty_frames(tmp_path: Path) -> None:
    run = made_runs.underway(tmp_path, made_runs.CAREFUL)
    seen = run_frames(open_run(run.folder))
    assert (seen.calls, len(seen.seconds), len(seen.parts), len(seen.quantiles)) == (0, 0, 0, 0)


def test_the_time_axis_of_a_live_run_is_as_long_as_planned(made: dict[str, Path]) -> None:
    assert run_frames(open_run(made["live"])).until_s == 30


def test_a_fault_of_a_live_run_reaches_to_the_last_second_that_was_written(made: dict[str, Path]) -> None:
    assert run_frames(open_run(made["live"])).spans["end_s"].iloc[0] < 15


def test_the_warm_up_is_not_in_the_distribution(tmp_path: Path) -> None:
    of = made_runs.scenario("short", duration_s=2.0)
    folder = made_runs.complete(tmp_path, made_runs.CAREFUL, of, datetime(2026, 3, 2, tzinfo=UTC))
    assert run_frames(open_run(folder)).quantiles.empty


def test_a_long_run_has_no_more_bins_than_fit_a_screen(
    made: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.data.run_window.BINS_AT_MOST", 10)
    seen = run_frames(open_run(made["careful"]))
    assert seen.bin_s == 4
    assert isinstance(seen.seconds, pd.DataFrame)
    assert len(seen.seconds) <= 10


def test_the_frames_of_some_seconds_are_those_seconds_of_the_whole_run(made: dict[str, Path]) -> None:
    record = open_run(made["textbook"])
    whole, some = run_frames(record), run_frames(record, ShownWindow(10.0, 18.0, "fault"))
    inside = whole.seconds["at_s"].between(10, 17)
    pd.testing.assert_frame_equal(some.seconds, whole.seconds[inside].reset_index(drop=True))
    ended_s = record.calls()["ended_s"]
    assert some.calls == ended_s.between(10, 18, inclusive="left").sum() == some.cells["calls"].sum()
    for frame in (some.parts, some.retries, some.pool, some.served):
        assert frame["at_s"].between(10, 18, inclusive="left").all()
    assert some.spans[["start_s", "end_s"]].to_numpy().tolist() == [[10.0, 18.0]]


def test_a_fault_that_is_over_is_not_drawn_in_the_seconds_after_it(made: dict[str, Path]) -> None:
    assert run_frames(open_run(made["textbook"]), ShownWindow(18.0, 30.0)).spans.empty


def test_what_is_known_of_a_live_run_ends_with_its_last_second(made: dict[str, Path]) -> None:
    assert run_frames(open_run(made["live"])).known_s == 14
