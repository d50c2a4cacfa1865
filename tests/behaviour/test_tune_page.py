"""The page of searches for a policy, without a browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.model.tuning import Tuning
from harness.record.result_store import TUNINGS
from tests.behaviour.visits import opened, rendered_text
from tests.unit.harness.tuning.made_tunings import made_tuning


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of runs, set as the dashboard's."""
    monkeypatch.setenv("SURGELINE_RUNS", str(tmp_path))
    return tmp_path


def _shown(runs: Path, found: Tuning, **query: str) -> str:
    folder = TUNINGS.save(runs, found)
    return rendered_text(opened("tune", search=folder.name, **query)).replace("\\", "")


def test_without_a_search_the_page_says_which_command_makes_one(runs: Path) -> None:
    assert "surgeline tune dependency-slowdown" in rendered_text(opened("tune"))


def test_what_the_lab_confirmed_comes_first_and_the_rest_is_marked_as_predicted(runs: Path) -> None:
    found = made_tuning()
    text = _shown(runs, found)
    assert f"{found.checks[1].policy} is confirmed: run run-{found.winner} passed" in text
    assert "**Predicted** by simulation, not measured, and no verdict" in text
    assert "✓ Pass" in text


def test_a_prediction_is_not_called_confirmed(runs: Path) -> None:
    text = _shown(runs, made_tuning(confirmed=False))
    assert "no run has confirmed it" in text
    assert "is confirmed" not in text


def test_the_address_opens_a_policy(runs: Path) -> None:
    found = made_tuning()
    text = _shown(runs, found, policy="3")
    changed = next(iter(found.candidates[3].settings))
    assert changed in text
    assert "No run in the lab has confirmed it." in text


def test_a_refused_knob_is_named(runs: Path) -> None:
    assert "Refused: adapter.pool_maxsize from 1 to 100 changes no objective" in _shown(runs, made_tuning())


@pytest.mark.parametrize("policy", ["-1", "99999999999", "x", "9999"])
def test_an_address_that_names_no_policy_opens_the_winner(runs: Path, policy: str) -> None:
    found = made_tuning()
    assert "✓ Pass" in _shown(runs, found, policy=policy)


def test_a_search_that_cannot_be_read_has_a_page_that_helps(runs: Path) -> None:
    (runs / "torn").mkdir()
    (runs / "torn" / TUNINGS.file).write_text("{")
    text = rendered_text(opened("tune", search="torn"))
    assert "This search can't be shown" in text


def test_text_from_a_search_stays_text(runs: Path) -> None:
    hostile = "![x](http://evil.test/x.png) <b>bold</b>"
    found = made_tuning().model_copy(update={"left_out": (hostile,)})
    kept = TUNINGS.claim(runs, found)
    assert r"\!\[x\]" in rendered_text(opened("tune", search=kept.id))


def test_a_search_at_work_and_one_that_was_interrupted_say_so(runs: Path) -> None:
    live = made_tuning().model_copy(update={"state": "live", "winner": None, "checks": (), "decision": None})
    assert "● Searching" in _shown(runs, live)
    assert "◐ Interrupted" in _shown(runs, live.model_copy(update={"state": "interrupted"}))
