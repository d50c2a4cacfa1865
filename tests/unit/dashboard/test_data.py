"""Reading runs for pages: from inside the folder only, and anew when something was written."""

from __future__ import annotations

from pathlib import Path

import pytest
import streamlit as st

from dashboard import data
from harness.model.errors import BadInput
from harness.record.reader import Record
from tests.unit.dashboard import made_runs


@pytest.fixture(autouse=True)
def _fresh() -> None:
    st.cache_data.clear()


@pytest.mark.parametrize("name", ["..", "../runs", "/etc", ".", "", "dependency", "%2e%2e", "no-such-run"])
def test_a_name_that_is_no_run_opens_nothing(root: Path, name: str) -> None:
    assert isinstance(data.one(name), BadInput)


def test_a_run_outside_the_folder_is_not_opened(root: Path, tmp_path: Path) -> None:
    outside = made_runs.underway(tmp_path, made_runs.CAREFUL).folder
    climbing = Path("..", "..", "..", *outside.parts[1:])
    assert isinstance(data.one(str(outside)), BadInput)
    assert isinstance(data.one(str(climbing)), BadInput)


def test_a_link_that_leads_out_of_the_folder_is_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = made_runs.underway(tmp_path / "elsewhere", made_runs.CAREFUL).folder
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "link").symlink_to(outside)
    monkeypatch.setenv("SURGELINE_RUNS", str(tmp_path / "runs"))
    assert isinstance(data.one("link"), BadInput)


def test_a_run_is_opened_by_its_whole_name(root: Path, made: dict[str, Path]) -> None:
    found = data.one(made["careful"].name)
    assert isinstance(found, Record)
    assert found.run.policy.name == "careful"


def test_a_run_of_a_newer_schema_says_what_to_do(root: Path, made: dict[str, Path]) -> None:
    why = data.one(made["newer"].name)
    assert isinstance(why, BadInput)
    assert "newer surgeline" in why.problem


def test_folders_that_cant_be_opened_are_listed_apart(root: Path) -> None:
    records, broken = data.everything()
    assert (len(records), len(broken)) == (5, 2)


def test_a_run_that_has_appeared_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SURGELINE_RUNS", str(tmp_path))
    assert data.everything() == ([], [])
    made_runs.underway(tmp_path, made_runs.CAREFUL)
    assert len(data.everything()[0]) == 1


def test_a_run_that_has_ended_is_seen_as_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SURGELINE_RUNS", str(tmp_path))
    run = made_runs.underway(tmp_path, made_runs.CAREFUL, made_runs.scenario("short", duration_s=4.0))
    run.write(20)
    assert data.everything()[0][0].end is None
    run.finish()
    assert data.everything()[0][0].end is not None


def test_runs_that_are_not_over_are_not_compared(root: Path, made: dict[str, Path]) -> None:
    found = [data.one(made[name].name) for name in ("careful", "killed")]
    assert data.compared([r for r in found if isinstance(r, Record)]) == (
        "Differences are shown once every run has ended."
    )
