"""Reading runs for pages: from inside the folder only, and anew when something was written."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree

import pytest
import streamlit as st

from dashboard.data import cached
from dashboard.data.run_window import ShownWindow
from dashboard.launch import READ_ONLY
from harness.model.errors import NewerSchemaError, NotFoundError
from harness.record.computed_file import FOLDER
from harness.record.reader import Record, open_run
from tests.unit.dashboard import made_runs


@pytest.fixture(autouse=True)
def _fresh() -> None:
    st.cache_data.clear()


@pytest.mark.parametrize("name", ["..", "../runs", "/etc", ".", "", "dependency", "%2e%2e", "no-such-run"])
def test_a_name_that_is_no_run_opens_nothing(root: Path, name: str) -> None:
    assert isinstance(cached.cached_run(name), NotFoundError)


def test_a_run_outside_the_folder_is_not_opened(root: Path, tmp_path: Path) -> None:
    outside = made_runs.underway(tmp_path, made_runs.CAREFUL).folder
    climbing = Path("..", "..", "..", *outside.parts[1:])
    assert isinstance(cached.cached_run(str(outside)), NotFoundError)
    assert isinstance(cached.cached_run(str(climbing)), NotFoundError)


def test_a_link_that_leads_out_of_the_folder_is_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = made_runs.underway(tmp_path / "elsewhere", made_runs.CAREFUL).folder
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "link").symlink_to(outside)
    monkeypatch.setenv("SURGELINE_RUNS", str(tmp_path / "runs"))
    assert isinstance(cached.cached_run("link"), NotFoundError)


def test_a_run_is_opened_by_its_whole_name(root: Path, made: dict[str, Path]) -> None:
    found = cached.cached_run(made["careful"].name)
    assert isinstance(found, Record)
    assert found.run.policy.name == "careful"


def test_a_run_of_a_newer_schema_says_what_to_do(root: Path, made: dict[str, Path]) -> None:
    why = cached.cached_run(made["newer"].name)
    assert isinstance(why, NewerSchemaError)


def test_folders_that_cant_be_opened_are_listed_apart(root: Path) -> None:
    records, broken = cached.all_runs()
    assert (len(records), len(broken)) == (5, 2)


def test_a_run_that_has_appeared_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SURGELINE_RUNS", str(tmp_path))
    assert cached.all_runs() == ([], [])
    made_runs.underway(tmp_path, made_runs.CAREFUL)
    assert len(cached.all_runs()[0]) == 1


def test_a_run_that_has_ended_is_seen_as_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SURGELINE_RUNS", str(tmp_path))
    run = made_runs.underway(tmp_path, made_runs.CAREFUL, made_runs.scenario("short", duration_s=4.0))
    run.write(20)
    assert cached.all_runs()[0][0].end is None
    run.finish()
    assert cached.all_runs()[0][0].end is not None


def test_runs_that_are_not_over_are_not_compared(root: Path, made: dict[str, Path]) -> None:
    found = [cached.cached_run(made[name].name) for name in ("careful", "killed")]
    assert cached.cached_comparison([r for r in found if isinstance(r, Record)]) == (
        "Differences are shown once every run has ended."
    )


def test_a_server_that_is_read_only_writes_no_file(
    made: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = [Path(copytree(made[name], tmp_path / made[name].name)) for name in ("careful", "textbook")]
    monkeypatch.setenv(READ_ONLY, "1")
    records = [open_run(folder) for folder in folders]
    cached.cached_frames(records[0])
    cached.cached_comparison(records)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(folder.name for folder in folders)


def test_frames_of_an_ended_run_are_named_and_those_of_a_live_one_are_not(made: dict[str, Path]) -> None:
    window = ShownWindow(3.0, 9.0)
    ended = open_run(made["careful"])
    names = [cached.cached_frames(ended, seconds).source for seconds in (None, window)]
    assert len({*names, ""}) == 3
    assert cached.cached_frames(open_run(made["live"])).source == ""


@pytest.mark.parametrize(("variable", "kept"), [("", False), ("1", True)])
def test_results_of_runs_that_are_gone_are_removed_when_runs_are_listed_unless_read_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, on_loopback: None, variable: str, kept: bool
) -> None:
    monkeypatch.setenv("SURGELINE_RUNS", str(tmp_path))
    monkeypatch.setenv(READ_ONLY, variable)
    result = tmp_path / FOLDER / "frames-of-one-that-is-gone.json"
    result.parent.mkdir()
    result.write_text("digest/gone\n{}")
    assert cached.all_runs() == ([], [])
    assert result.exists() is kept
