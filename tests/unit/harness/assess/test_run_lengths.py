"""Where the length of a run is known from."""

from __future__ import annotations

import pytest

from harness.assess.run_lengths import planned_load, run_lengths
from harness.inputs.scenarios import read_scenario
from harness.record.reader import open_run
from tests.unit.dashboard.made_runs import CAREFUL, complete


def test_the_load_of_the_planned_arrivals_is_assumed_before_there_is_a_run(tmp_path):
    written = read_scenario("baseline")
    found = run_lengths(written.scenario, "careful", written.upstream, tmp_path / "none")
    assert found.run == ""
    assert found.load == pytest.approx(0.5, rel=0.01)
    assert {each.per_s for each in found.lengths} == {200.0}


def test_a_seasonal_load_is_its_mean():
    written = read_scenario("seasonal-peak")
    assert planned_load(written.upstream, 80.0) == pytest.approx(80 * 0.02 * 1.133 / 8, rel=0.01)


def test_a_recorded_run_of_the_scenario_and_the_policy_is_measured(tmp_path):
    run = open_run(complete(tmp_path, CAREFUL)).run
    found = run_lengths(run.scenario, "careful", run.upstream, tmp_path)
    assert found.run == run.id
    assert run_lengths(run.scenario, "another", run.upstream, tmp_path).run == ""
