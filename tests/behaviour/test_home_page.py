"""The first page, without a browser."""

from __future__ import annotations

from pathlib import Path

import pytest
import streamlit

from dashboard.components.elements import escaped
from tests.behaviour.visits import html_text, opened, rendered_text
from tests.unit.dashboard import made_ranges, made_runs
from tests.unit.dashboard.made_runs import CAREFUL


def test_an_empty_folder_says_which_command_to_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SURGELINE_RUNS", str(tmp_path))
    assert "surgeline compare dependency-slowdown" in rendered_text(opened("home"))


def test_home_shows_the_latest_verdict_of_each_policy(root: Path) -> None:
    app = opened("home")
    assert {"stateless", "textbook", "careful"} <= set(html_text(app).splitlines())
    assert "No regression: no policy's latest run is shown to be worse" in rendered_text(app)


def test_the_home_page_of_a_read_only_dashboard_has_no_button(root: Path, read_only: None) -> None:
    assert [b.label for b in opened("home").button] == []


def test_home_shows_the_safe_operating_range_of_each_policy(ranges_root: Path) -> None:
    text = rendered_text(opened("home")).replace("\\", "")
    assert "**careful** under capacity: Stable from" in text
    assert "**textbook** under capacity: Meets the SLO from" in text


def test_home_says_which_search_is_at_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made_ranges.searching(tmp_path, CAREFUL)
    monkeypatch.setenv("SURGELINE_RUNS", str(tmp_path))
    assert "● Searching: careful under capacity" in rendered_text(opened("home"))


def test_a_page_opened_under_a_foreign_host_name_shows_nothing(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    visited = property(lambda _: {"Host": "evil.test:8501"})
    monkeypatch.setattr(type(streamlit.context), "headers", visited)
    text = rendered_text(opened("home"))
    assert text.startswith("This dashboard does not answer to this host name.")
    assert "\n" not in text


def test_a_pass_says_which_events_may_be_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made_runs.passing(tmp_path)
    monkeypatch.setenv("SURGELINE_RUNS", str(tmp_path))
    assert escaped(made_runs.UNSEEN) in rendered_text(opened("home"))


def test_home_begins_with_the_decision_and_its_certainty(root: Path) -> None:
    text = rendered_text(opened("home")).replace("\\", "")
    assert "between these runs only" in text


def test_home_has_a_matrix_of_scenarios_and_policies(root: Path) -> None:
    lines = html_text(opened("home")).splitlines()
    assert "dependency-slowdown" in lines
    assert "✗ Fail" in lines
    assert any(line.startswith("Latency p99") and line.endswith("× limit") for line in lines)


def test_a_cell_links_to_its_run_in_the_same_tab(root: Path, made: dict[str, Path]) -> None:
    body = opened("home").get("html")[0].proto.body
    assert f'href="run?run={made["careful"].name}"' in body
    assert "target=" not in body


def test_a_row_links_to_the_comparison_of_its_policies(root: Path, made: dict[str, Path]) -> None:
    body = opened("home").get("html")[0].proto.body
    ids = "&amp;".join(f"runs={made[name].name}" for name in ("stateless", "textbook", "careful"))
    assert f'href="compare?{ids}"' in body


def test_the_chosen_cell_is_in_the_address(root: Path) -> None:
    app = opened("home", policy="stateless", scenario="dependency-slowdown")
    assert app.selectbox[0].value == ("stateless", "dependency-slowdown")
    assert "**stateless** under dependency-slowdown" in rendered_text(app)
    app.selectbox[0].set_value(("textbook", "dependency-slowdown")).run()
    assert app.query_params["policy"] == "textbook"


def test_an_unknown_cell_in_the_address_is_the_first_cell(root: Path) -> None:
    app = opened("home", policy="nobody", scenario="nowhere")
    assert app.selectbox[0].value == ("careful", "dependency-slowdown")


def test_one_run_is_no_trend(root: Path) -> None:
    assert "A trend needs two or more complete runs" in rendered_text(opened("home"))
