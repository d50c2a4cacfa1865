"""Which runs a calibration can be made of, and how a run and its simulation are compared."""

from __future__ import annotations

from math import inf
from pathlib import Path

import pytest

from harness.calibrate.calibration import Apart, calibrate
from harness.model.errors import RecordError
from harness.model.verdict import Measurement
from harness.record.reader import open_run
from tests.unit.dashboard import made_runs


def _measured(value: float | None, low: float | None = 1.0, high: float | None = 2.0) -> Measurement:
    return Measurement(name="latency.p99", value=value, unit="s", n=9, low=low, high=high)


@pytest.mark.parametrize(
    ("value", "twin", "ratio", "near"),
    [
        (1.0, 1.0, 0.0, True),
        (1.0999, 1.0, 0.0999, True),
        (1.11, 1.0, 0.11, False),
        (0.89, 1.0, -0.11, False),
        (None, inf, None, True),
        (None, 1.0, None, False),
        (1.0, inf, None, False),
        (0.0, 0.0, None, True),
        (0.1, 0.0, None, False),
    ],
)
def test_a_run_is_near_the_twin_within_a_tenth(
    value: float | None, twin: float, ratio: float | None, near: bool
) -> None:
    found = Apart(_measured(value), twin, _measured(1.0))
    assert found.ratio == (None if ratio is None else pytest.approx(ratio))
    assert found.near is near


@pytest.mark.parametrize(
    ("value", "low", "high", "within"),
    [
        (1.5, 1.0, 2.0, True),
        (1.0, 1.0, 2.0, True),
        (0.9, 1.0, 2.0, False),
        (2.1, 1.0, 2.0, False),
        (None, 1.0, 2.0, False),
        (None, 1.0, None, True),
        (1.0, None, None, False),
    ],
)
def test_a_run_is_within_the_band(
    value: float | None, low: float | None, high: float | None, within: bool
) -> None:
    assert Apart(_measured(value), 1.0, _measured(1.5, low, high)).within is within


def test_a_run_that_was_interrupted_is_refused(tmp_path: Path) -> None:
    record = open_run(made_runs.killed(tmp_path, made_runs.CAREFUL, made_runs.STARTED))
    with pytest.raises(RecordError, match="is not complete"):
        calibrate(record)


def test_a_run_whose_levers_were_pulled_is_refused(tmp_path: Path) -> None:
    run = made_runs.underway(tmp_path, made_runs.CAREFUL)
    run.note(made_runs.lever_event(3.0, {"lever": "retries", "total": 0}))
    run.write(int(run.world.until_s) + 1)
    with pytest.raises(RecordError, match="had levers pulled"):
        calibrate(open_run(run.finish()))
