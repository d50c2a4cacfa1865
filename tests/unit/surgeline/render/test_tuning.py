"""A search for a policy, in a terminal and as JSON."""

from __future__ import annotations

import json

import pytest

from harness.model.tuning_text import outcome_text
from surgeline.render.tuning import progress_line, show_tuning, shown_candidates, tuning_json
from tests.unit.harness.tuning.made_tunings import made_tuning


def test_the_front_is_marked_as_predicted_and_the_lab_stands_apart(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = made_tuning()
    show_tuning(found, "tuned.toml")
    printed = capsys.readouterr().out
    assert "predicted, not measured" in printed
    assert printed.index("predicted, not measured") < printed.index("in the lab")
    assert "✓ PASS" in printed
    assert "run run-0" in printed
    assert "refused: adapter.pool_maxsize from 1 to 100 changes no objective measurably" in printed
    assert "Written: tuned.toml" in printed


def test_a_policy_is_only_called_confirmed_when_a_run_passed(capsys: pytest.CaptureFixture[str]) -> None:
    found = made_tuning(confirmed=False)
    show_tuning(found, "tuned.toml")
    printed = capsys.readouterr().out
    assert "no run has confirmed it" in printed
    assert "is confirmed" not in printed
    assert "PASS" not in printed


def test_the_policy_that_one_has_comes_first_and_the_chosen_ones_next() -> None:
    found = made_tuning()
    assert [each.number for each in shown_candidates(found)][: 1 + len(found.chosen)] == [0, *found.chosen]


def test_json_has_predictions_and_runs_apart() -> None:
    found = made_tuning()
    rows = json.loads(json.dumps(tuning_json(found, "tuned.toml")))
    assert all(row["predicted_only"] for row in rows["candidates"])
    assert rows["refused"] == ["adapter.pool_maxsize"]
    assert rows["checks"][0]["confirmed"] is False
    assert rows["winner"] in rows["front"] or rows["winner"] in rows["chosen"]
    assert rows["checks"][1]["verdict"]["kind"] == "pass"


def test_progress_tells_how_many_are_predicted_to_keep_the_slo() -> None:
    found = made_tuning(confirmed=False)
    kept = sum(each.keeps for each in found.candidates)
    assert f"{len(found.candidates)} policies tried, {kept} predicted" in progress_line(found).plain
    assert "✓ PASS" in progress_line(made_tuning()).plain


def test_the_outcome_says_why_none_is_confirmed() -> None:
    found = made_tuning()
    own, *others = found.checks
    failed = tuple(each.model_copy(update={"verdict": own.verdict}) for each in others)
    text = outcome_text(found.model_copy(update={"checks": (own, *failed), "winner": None}))
    assert text.startswith("No policy is confirmed: textbook-tuned-")
    assert "failed" in text
    against = tuple(each.model_copy(update={"against": ("incident.goodput",)}) for each in others)
    text = outcome_text(found.model_copy(update={"checks": (own, *against), "winner": None}))
    assert "was not as predicted in Goodput in the incident" in text
