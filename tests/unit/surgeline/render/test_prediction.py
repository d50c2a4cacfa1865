"""What is said of a prediction: that it is none of a run, and how far it holds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.model.calibration import Outside
from harness.model.verdict import Measurement
from harness.twin.prediction import Prediction
from surgeline.render.prediction import MARK, prediction_json, show_prediction
from tests.unit.harness.model.test_calibration import calibration

FOUND = Prediction(
    policy="careful",
    scenario="baseline",
    seeds=(1, 2),
    measurements={
        "latency.p99": Measurement(name="latency.p99", value=0.03, unit="s", n=2, low=0.02, high=0.04),
        "amplification": Measurement(name="amplification", value=1.0, unit="ratio", n=2, low=1.0, high=1.0),
    },
    values=({}, {}),
)


def test_a_prediction_is_marked_and_has_bands(capsys: pytest.CaptureFixture[str]) -> None:
    show_prediction(FOUND)
    said = " ".join(capsys.readouterr().out.split())
    assert MARK in said
    assert "20.0 ms – 40.0 ms" in said
    assert "not modelled" in said


def test_equal_values_of_all_seeds_are_not_called_exact(capsys: pytest.CaptureFixture[str]) -> None:
    show_prediction(FOUND)
    said = capsys.readouterr().out
    assert "the same in all" in said
    assert "exact" not in said


def test_machines_are_told_that_it_is_predicted() -> None:
    found = prediction_json(FOUND)
    assert found["predicted"] is True
    assert found["not_modelled"]
    assert "verdict" not in found


def test_a_prediction_without_a_calibration_says_what_it_assumes(capsys: pytest.CaptureFixture[str]) -> None:
    show_prediction(FOUND)
    said = " ".join(capsys.readouterr().out.split())
    assert "not calibrated: a call takes 2.00 ms beyond its service time" in said
    assert prediction_json(FOUND)["calibration"] is None


@pytest.mark.parametrize(
    ("outside", "sentence"),
    [
        ("busier", "the busiest second has 900 attempts, and the calibration holds for 50 to 200"),
        ("another machine", "the run r was made on another machine"),
    ],
)
def test_a_prediction_outside_of_the_calibrated_region_says_so(
    capsys: pytest.CaptureFixture[str], outside: Outside, sentence: str
) -> None:
    found = replace(FOUND, calibration=calibration(), busiest_per_s=900.0, outside=(outside,))
    show_prediction(found)
    said = " ".join(capsys.readouterr().out.split())
    assert "calibrated by the run r: a call takes 2.00 ms" in said
    assert "outside of the calibrated region: " + sentence in said
    assert [sentence in line for line in prediction_json(found)["outside_calibration"]] == [True]
