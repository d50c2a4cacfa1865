"""What is said of a prediction: that it is none of a run, and how far it holds."""

from __future__ import annotations

import pytest

from harness.model.verdict import Measurement
from harness.twin.prediction import Prediction
from surgeline.render.prediction import MARK, prediction_json, show_prediction

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
