"""The page of runs, without a browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.behaviour.visits import opened, rendered_text


def test_the_runs_page_lists_every_run(root: Path) -> None:
    app = opened("runs")
    assert len(app.dataframe[0].value) == 5
    assert any("2 folders" in e.label for e in app.expander)


def test_the_runs_page_keeps_its_filter_in_the_address(root: Path) -> None:
    app = opened("runs", q="careful")
    assert app.dataframe[0].value["Policy"].tolist() == ["careful"]
    app.text_input[0].set_value("cramped").run()
    assert app.query_params["q"] == "cramped"


def test_a_filter_that_fits_nothing_says_so(root: Path) -> None:
    assert "None of the 5 runs" in rendered_text(opened("runs", q="nonsense"))


def test_the_verdicts_that_are_wanted_are_in_the_address(root: Path) -> None:
    assert set(opened("runs", verdict="✗ Fail").dataframe[0].value["Policy"]) == {"stateless", "textbook"}


def test_an_empty_folder_says_which_command_to_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SURGELINE_RUNS", str(tmp_path))
    assert "surgeline compare dependency-slowdown" in rendered_text(opened("runs"))
