"""The page of stability maps, without a browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.record.result_store import MAPS
from tests.behaviour.visits import opened, rendered_text
from tests.unit.dashboard import made_maps


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A map with three runs, in the runs folder that the pages read."""
    monkeypatch.setenv("SURGELINE_RUNS", str(tmp_path))
    return made_maps.confirmed(tmp_path)


def test_without_a_map_the_page_says_which_command_makes_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SURGELINE_RUNS", str(tmp_path))
    assert "surgeline map retry-storm" in rendered_text(opened("map"))


def test_how_many_runs_confirm_the_map_comes_first(folder: Path) -> None:
    app = opened("map")
    assert app.error[0].value == "**✗ 1 of 2 runs along the boundary confirm the map.**"
    assert "Predicted: 96 seeds simulated in 48 cells" in rendered_text(app)


def test_a_map_without_runs_is_called_predicted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SURGELINE_RUNS", str(tmp_path))
    MAPS.claim(tmp_path, made_maps.made_map(made_maps.RETRY_STORM))
    assert opened("map").info[0].value.startswith("Predicted, and checked by no run")


def test_a_cell_leads_to_its_prediction_and_to_its_runs(folder: Path) -> None:
    app = opened("map", map=folder.name, x="5", y="1")
    shown = rendered_text(app).replace("\\", "")
    assert "--set scenario.arrivals.0.rate_per_s=240 --set policy.retry.total=1" in shown
    assert "Run of the lab: stable; run contradicts." in shown


@pytest.mark.parametrize("place", ["-1", "99", "x", "²"])
def test_an_address_of_no_cell_opens_the_first_one(folder: Path, place: str) -> None:
    assert "rate_per_s=40 --set policy.retry.total=1" in rendered_text(opened("map", x=place, y="1"))


def test_an_unknown_map_is_named_and_another_one_is_shown(folder: Path) -> None:
    app = opened("map", map="no-such-map")
    assert "no\\-such\\-map" in app.error[0].value
    assert "1 of 2 runs" in app.error[1].value


def test_who_may_only_look_can_start_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SURGELINE_READ_ONLY", "1")
    assert [button.label for button in opened("map").button] == []
