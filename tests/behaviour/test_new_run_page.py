"""The page that starts a run, without a browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.behaviour.visits import opened, rendered_text


def test_a_form_shows_the_command_that_it_will_run(root: Path, on_loopback: None) -> None:
    app = opened("new_run", policy="textbook")
    app.number_input(key="textbook.policy.adapter.pool_maxsize").set_value(5).run()
    assert (
        "surgeline run dependency-slowdown --policy textbook --set policy.adapter.pool_maxsize=5"
        in rendered_text(app)
    )


def test_a_form_begins_with_its_address(root: Path, on_loopback: None) -> None:
    app = opened("new_run", policy="textbook", set=["policy.adapter.pool_maxsize=5", "scenario.seed=3"])
    assert "--set policy.adapter.pool_maxsize=5 --set scenario.seed=3" in rendered_text(app)


def test_a_form_reports_the_errors_of_the_command_line(root: Path, on_loopback: None) -> None:
    app = opened("new_run", policy="textbook")
    app.text_area[0].set_value("policy.adapter.pool_size=5").run()
    assert "pool\\_size" in app.error[0].value
    assert app.button[-1].disabled


def test_a_read_only_dashboard_says_that_no_run_can_be_started(root: Path, read_only: None) -> None:
    assert "is read-only" in rendered_text(opened("new_run"))


def test_several_policies_and_seeds_are_one_comparison(root: Path, on_loopback: None) -> None:
    app = opened("new_run", scenario="baseline", policy=["careful", "textbook"], seeds="7, 8")
    assert "surgeline compare baseline --policy careful --policy textbook --seed 7 --seed 8" in rendered_text(
        app
    )
    assert "4 runs, one after the other: about" in rendered_text(app)


def test_repetitions_of_one_policy_are_commands_of_their_own(root: Path, on_loopback: None) -> None:
    app = opened("new_run", scenario="baseline", policy="careful", times="3")
    assert rendered_text(app).count("surgeline run baseline --policy careful") == 3


def test_what_differs_from_the_files_stands_beside_their_values(root: Path, on_loopback: None) -> None:
    app = opened("new_run", scenario="baseline", policy="careful", set=["policy.adapter.pool_maxsize=5"])
    (row,) = app.table[0].value.to_dict("records")
    assert (row["File"], row["Setting"], row["In this plan"]) == (
        "policy careful",
        "adapter\\.pool\\_maxsize",
        "5",
    )


def test_seeds_that_are_none_are_refused_in_one_line(root: Path, on_loopback: None) -> None:
    app = opened("new_run", seeds="seven")
    assert "must be numbers of 0 to" in app.error[0].value
    assert app.button[-1].disabled


def test_the_preflight_says_what_is_known_of_the_machine(root: Path, on_loopback: None) -> None:
    assert "The limits of this machine are not known" in rendered_text(opened("new_run")).replace("\\", "")


def test_the_owners_and_reviews_of_the_files_are_shown(root: Path, on_loopback: None, tmp_path: Path) -> None:
    owned = tmp_path / "owned.toml"
    owned.write_text('name = "owned"\nreview_by = 2020-01-31\n\n[owner]\nteam = "orders"\n')
    app = opened("new_run", scenario="baseline", policy=str(owned))
    assert app.expander[-1].label == "Owners and reviews: 2 of 2 files need a review"
    policy, scenario = app.table[-1].value.to_dict("records")
    assert (policy["Owner"], "was to be reviewed by" in policy["To do"]) == ("orders", True)
    assert "has no owner" in scenario["To do"]


def _predicted(app: AppTest) -> AppTest:
    """The page once its prediction has ended."""
    assert "Predicting" in rendered_text(app)
    app.run()
    app.session_state["background-result"].process.wait(180)
    return app.run()


@pytest.mark.alone
def test_the_plan_is_predicted_and_marked_as_such(root: Path, on_loopback: None) -> None:
    app = _predicted(opened("new_run", scenario="baseline", policy="careful"))
    assert "Predicted, not measured: no run was made" in rendered_text(app).replace("\\", "")
    rows = {row["Measurement"]: row for row in app.table[0].value.to_dict("records")}
    shown = rows["Latency p99"]["careful, with the 95% band"].replace("\\", "")
    assert re.fullmatch(r"[\d.]+ ms \([\d.]+ ms – [\d.]+ ms\)", shown)
    assert "A call takes 2.00 ms beyond its service time, which is assumed" in rendered_text(app).replace(
        "\\", ""
    )


@pytest.mark.alone
def test_a_changed_plan_is_predicted_anew(root: Path, on_loopback: None) -> None:
    app = _predicted(opened("new_run", scenario="baseline", policy="careful"))
    before = app.session_state["background-result"]
    app.text_area[0].set_value("policy.adapter.pool_maxsize=1").run()
    assert app.session_state["background-result"] is not before
    assert "Predicting" in rendered_text(app)


@pytest.mark.alone
@pytest.mark.usefixtures("without_numba_in_children")
def test_without_numba_the_page_names_the_extra_and_the_run_can_be_started(
    root: Path, on_loopback: None
) -> None:
    app = _predicted(opened("new_run", scenario="baseline", policy="careful"))
    assert 'pip install "surgeline[twin]"' in app.info[0].value.replace("\\", "")
    assert not app.button[-1].disabled
