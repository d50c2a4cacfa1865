"""The ranges, maps and searches of the runs folder."""

from __future__ import annotations

from pathlib import Path

from dashboard.data.kept_results import all_results, result_called
from harness.model.errors import DamagedError, NotFoundError
from harness.record.result_store import TUNINGS
from tests.unit.harness.tuning.made_tunings import made_tuning


def test_searches_are_listed_beside_those_that_cannot_be_read(tmp_path: Path) -> None:
    found = TUNINGS.claim(tmp_path, made_tuning())
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / TUNINGS.file).write_text("{")
    listed, broken = all_results(TUNINGS, tmp_path)
    assert [each.id for each in listed] == [found.id]
    assert [each.folder.name for each in broken] == ["torn"]
    assert isinstance(result_called(TUNINGS, tmp_path, "torn"), DamagedError)


def test_a_search_that_goes_on_is_read_again(tmp_path: Path) -> None:
    found = TUNINGS.claim(tmp_path, made_tuning().model_copy(update={"state": "live"}))
    assert all_results(TUNINGS, tmp_path)[0][0].state == "live"
    TUNINGS.save(tmp_path, found.model_copy(update={"state": "complete"}))
    assert all_results(TUNINGS, tmp_path)[0][0].state == "complete"


def test_a_name_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    TUNINGS.claim(tmp_path, made_tuning())
    assert isinstance(result_called(TUNINGS, tmp_path / "runs", "../" + made_tuning().id), NotFoundError)
