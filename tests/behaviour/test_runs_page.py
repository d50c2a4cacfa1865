"""The page of runs, without a browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.behaviour.visits import listed_policies, opened, rendered_text


def test_the_runs_page_lists_every_run(root: Path) -> None:
    app = opened("runs")
    assert sorted(listed_policies(app)) == ["careful", "cramped", "stateless", "textbook", "textbook"]
    assert any("2 folders" in e.label for e in app.expander)


def test_runs_of_one_experiment_stand_together(root: Path) -> None:
    assert listed_policies(opened("runs"))[:2] == ["textbook", "textbook"]


def test_the_runs_page_keeps_its_filter_in_the_address(root: Path) -> None:
    app = opened("runs", q="careful")
    assert listed_policies(app) == ["careful"]
    app.text_input[0].set_value("cramped").run()
    assert app.query_params["q"] == "cramped"
    assert listed_policies(app) == ["cramped"]


def test_a_filter_that_fits_nothing_says_so_and_can_be_cleared(root: Path) -> None:
    app = opened("runs", q="nonsense")
    assert "None of the 5 runs" in rendered_text(app)
    app.button[0].click().run()
    assert len(listed_policies(app)) == 5


def test_the_verdicts_that_are_wanted_are_in_the_address(root: Path) -> None:
    assert set(listed_policies(opened("runs", verdict="fail"))) == {"stateless", "textbook"}


def test_an_empty_folder_says_which_command_to_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SURGELINE_RUNS", str(tmp_path))
    assert "surgeline compare dependency-slowdown" in rendered_text(opened("runs"))
