"""A plan's prediction by a process of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.data.low_priority import LowPriorityProcess
from dashboard.data.predicted_plan import key_of, read_prediction, start_prediction
from dashboard.data.run_plan import RunPlan
from harness.record.calibration_file import CALIBRATION_FILE, write_calibration
from harness.record.machine import machine
from tests.unit.harness.model.test_calibration import calibration

WAIT_S = 180.0


def ended(plan: RunPlan, runs: Path) -> LowPriorityProcess:
    """The process of a prediction, once it has ended."""
    found = start_prediction(plan, runs)
    found.wait(WAIT_S)
    return found


def key(plan: RunPlan) -> str:
    return key_of(plan, *plan.read())


def test_each_policy_has_its_measurements_with_bands(tmp_path: Path) -> None:
    here = calibration().model_copy(update={"machine": machine()})
    write_calibration(tmp_path / CALIBRATION_FILE, here)
    short = "scenario.arrivals=[{rate_per_s=300, duration_s=6}]"
    plan = RunPlan("baseline", ("careful", "textbook"), seeds=(7, 8), overrides=(short,))
    text = ended(plan, tmp_path).output
    assert text is not None
    found = read_prediction(text)

    assert [each.policy for each in found] == ["careful", "textbook"]
    p99 = found[0].measurements["latency.p99"]
    assert p99.low is not None
    assert 0.02 < p99.low < p99.number
    assert (found[0].overhead_s, found[0].calibrated_by) == (0.002, here.run)
    assert ["busiest second" in line for line in found[0].outside] == [True]


def test_what_is_not_modelled_is_one_line(tmp_path: Path) -> None:
    found = ended(RunPlan("baseline", ("httpx",)), tmp_path)

    assert found.output is None
    assert "the twin does not model this" in str(found.failure)


@pytest.mark.usefixtures("without_numba_in_children")
def test_without_numba_the_line_names_the_extra(tmp_path: Path) -> None:
    found = ended(RunPlan("baseline", ("careful",)), tmp_path)
    assert 'pip install "surgeline[twin]"' in str(found.failure)


def test_plans_of_which_the_same_is_predicted_have_the_same_key() -> None:
    plan = RunPlan("baseline", ("careful",), seeds=(7, 8))
    assert key(plan) == key(RunPlan("baseline", ("careful",), seeds=(7,), repetitions=3))
    assert key(plan) != key(RunPlan("baseline", ("careful",), seeds=(8,)))
    assert key(plan) != key(RunPlan("baseline", ("textbook",), seeds=(7,)))


def test_a_file_that_has_changed_has_another_key(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text('name = "own"\n')
    plan = RunPlan("baseline", (str(file),))
    before = key(plan)
    file.write_text('name = "own"\n\n[adapter]\npool_maxsize = 3\n')
    assert key(plan) != before
