"""Advised policies in the lab: one that passes, and one of which it is said that none would."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks.advised_policies import advised_runs
from harness.advise.advisor import advise
from harness.assess.confirmations import newest_run_of
from harness.inputs.shipped_files import file_names
from harness.lab.plan import Plan
from harness.lab.run import run_plan
from harness.model.advised import Advice
from harness.record.reader import Record
from tests.unit.harness.advise.made_answers import answers

pytestmark = pytest.mark.alone


def _shortened(advice: Advice, runs: Path) -> Record:
    """A run of the advice with seven seconds of its load."""
    phase = advice.scenario.arrivals[0].model_copy(update={"duration_s": 7.0})
    slo = advice.scenario.slo.model_copy(update={"warmup_s": 1.0})
    scenario = advice.scenario.model_copy(update={"arrivals": (phase,), "slo": slo, "drain_s": 3.0})
    return run_plan(Plan(advice.policy, scenario, advice.upstream), runs)


NONE = {"peak_per_s": 420.0, "budget_s": 0.3}


@pytest.mark.parametrize(
    ("changed", "verdict"),
    [
        pytest.param({}, "pass", id="one"),
        pytest.param(NONE, "fail", id="none", marks=pytest.mark.acceptance),
    ],
)
def test_the_lab_agrees_with_the_advice(changed: dict[str, Any], verdict: str, tmp_path: Path) -> None:
    advice = advise(answers(**changed))
    assert bool(advice.none_because) == (verdict == "fail")
    end = _shortened(advice, tmp_path).end
    assert end is not None
    assert end.verdict.kind == verdict


@pytest.mark.acceptance
@pytest.mark.timeout(600)
@pytest.mark.parametrize("sheet", file_names("sheet"))
def test_the_lab_agrees_with_a_shipped_sheet(sheet: str, tmp_path: Path) -> None:
    assert [each for each in advised_runs(sheet, tmp_path) if each.missed] == []


@pytest.mark.acceptance
def test_a_run_of_the_advised_files_confirms_them(tmp_path: Path) -> None:
    advice = advise(answers())
    record = run_plan(Plan(advice.policy, advice.scenario, advice.upstream), tmp_path)
    assert newest_run_of(advice.digest, [record]) == record
