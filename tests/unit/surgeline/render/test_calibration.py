"""What is said of a calibration."""

from __future__ import annotations

from math import inf
from pathlib import Path

import pytest

from harness.calibrate.calibration import Apart, Calibrated
from harness.model.verdict import Measurement
from surgeline.render.calibration import calibrated_json, show_calibrated
from tests.unit.harness.model.test_calibration import calibration


def _apart(name: str, value: float | None, twin: float) -> Apart:
    measured = Measurement(name=name, value=value, unit="s", n=900, low=0.019, high=None)
    band = Measurement(name=name, value=twin if twin < inf else None, unit="s", n=20, low=0.02, high=0.02)
    return Apart(measured, twin, band)


FOUND = Calibrated(
    calibration(),
    (_apart("latency.p50", 0.021, 0.02), _apart("latency.p99", None, inf), _apart("backoff.p99", 0.0, 0.0)),
    ("workers: too little load",),
)


def test_it_says_the_overhead_the_difference_and_the_region(capsys: pytest.CaptureFixture[str]) -> None:
    show_calibrated(FOUND, Path("runs/calibration.json"))
    said = " ".join(capsys.readouterr().out.split())
    assert "a call takes 2.00 ms (1.90 ms – 2.10 ms, n = 900) beyond its service time" in said
    assert "latency.p50 21.0 ms 20.0 ms +5.0% the same in all no" in said
    assert "not reached not reached +0.0%" in said
    assert "backoff" not in said
    assert "2 of 2 percentiles of latency are within 10% of the twin" in said
    assert "0 of all 3 measurements of the run lie in the band" in said
    assert "50 to 200 attempts in the busiest second" in said
    assert "cannot be known from this run: workers: too little load" in said


def test_machines_get_all_measurements_and_no_infinity() -> None:
    found = calibrated_json(FOUND, Path("c.json"))
    assert [row["measurement"] for row in found["apart"]] == ["latency.p50", "latency.p99", "backoff.p99"]
    assert [row["twin"] for row in found["apart"]] == [0.02, None, 0.0]
    assert found["calibration"]["overhead"]["value"] == 0.002
    assert found["written"] == "c.json"
