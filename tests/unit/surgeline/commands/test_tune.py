"""The command `tune`: limits, exit codes, and errors of one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.inputs.scenarios import read_scenario
from harness.model.tuning import Tuning
from harness.model.verdict import Inconclusive
from surgeline.commands.tune import _limited, _written, tuning_exit_code
from tests.unit.harness.tuning.made_tunings import made_tuning


@pytest.mark.parametrize(("most", "text"), [(1.5, "amplification <= 1.5"), (2.0, "amplification <= 2")])
def test_the_limit_of_amplification_is_one_more_threshold(most: float, text: str) -> None:
    scenario = read_scenario("dependency-slowdown").scenario
    assert _limited(scenario, most).slo.thresholds == (*scenario.slo.thresholds, text)
    assert _limited(scenario, most).slo.parsed[-1].limit == most
    assert _limited(scenario, None) is scenario


def _without_winner(found: Tuning, **changes: object) -> Tuning:
    own, *others = found.checks
    checks = (own, *(each.model_copy(update=changes) for each in others))
    return found.model_copy(update={"checks": checks, "winner": None})


def test_the_exit_code_is_that_of_the_confirmation() -> None:
    found = made_tuning()
    assert tuning_exit_code(found) == 0
    assert tuning_exit_code(_without_winner(found, verdict=found.checks[0].verdict)) == 1
    assert tuning_exit_code(_without_winner(found, verdict=Inconclusive())) == 3
    assert tuning_exit_code(made_tuning(confirmed=False)) == 0
    assert tuning_exit_code(found.model_copy(update={"chosen": (), "checks": (), "winner": None})) == 1


def test_the_winner_is_written_and_nothing_without_one(tmp_path: Path) -> None:
    found, file = made_tuning(), tmp_path / "new" / "tuned.toml"
    assert _written(found, file) == str(file)
    assert f'name = "textbook-tuned-{found.winner}"' in file.read_text()
    other = tmp_path / "other.toml"
    assert _written(_without_winner(found, verdict=Inconclusive()), other) == ""
    assert not other.exists()


def test_a_prediction_alone_is_written_as_unconfirmed(tmp_path: Path) -> None:
    file = tmp_path / "tuned.toml"
    _written(made_tuning(confirmed=False), file)
    assert "Predicted, unconfirmed" in file.read_text()
