"""A rollout on a terminal and as JSON."""

from pathlib import Path

import pytest

from harness.record.reader import open_run
from surgeline.render.rollout import rollout_json, show_rollout
from tests.unit.harness.recorded_rollouts import corrupt, recorded, recorded_shadow, worse


def test_the_decision_comes_first_and_then_the_steps(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    show_rollout(open_run(recorded(tmp_path, worse)))
    said = " ".join(capsys.readouterr().out.split())
    assert "✗ FAIL textbook was rolled back after" in said
    assert "The canary spoilt" in said
    assert "step share calls of textbook bad calls of careful bad 1 25% 1" in said


def test_the_json_has_the_plan_and_the_result(tmp_path: Path) -> None:
    found = rollout_json(open_run(recorded(tmp_path, worse)))
    assert (found["from"], found["to"], found["verdict"]) == ("careful", "textbook", "fail")
    assert found["plan"]["steps"][0]["share"] == 0.25
    assert found["rollout"]["state"] == "rolled back"
    assert found["rollout"]["spoilt"]["n"] == 1200


def test_a_shadow_shows_its_decision_who_repeated_what_and_what_differed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    show_rollout(open_run(recorded_shadow(tmp_path, corrupt)))
    said = " ".join(capsys.readouterr().out.split())
    assert "✗ FAIL The responses of textbook are shown to differ from those of careful after" in said
    assert "repeated by calls different textbook 800 80 careful 800 0" in said
    assert "what differed by textbook by careful body.total 80 0" in said


def test_the_json_of_a_shadow_has_its_counts(tmp_path: Path) -> None:
    found = rollout_json(open_run(recorded_shadow(tmp_path, corrupt)))
    assert (found["verdict"], found["rollout"], found["shadow"]["state"]) == ("fail", None, "differs")
    assert found["shadow"]["new"] == {"policy": "textbook", "calls": 800, "different": 80}
