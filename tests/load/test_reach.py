"""A run within what `surgeline doctor` found cites it; several processes carry as many times as much."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from harness.inputs.overrides import read_overrides
from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario
from harness.lab.plan import Plan
from harness.lab.run import run_plan
from harness.model.machine_check import MachineCheck
from harness.record.machine import MACHINE_CHECK_FILE, machine


def test_two_processes_sustain_a_rate_that_one_cannot(tmp_path: Path) -> None:
    found = MachineCheck(
        made_at=datetime.now(UTC), machine=machine(), driver_ceiling_per_s=40.0, measurements=()
    )
    (tmp_path / MACHINE_CHECK_FILE).write_text(found.model_dump_json())
    overrides = read_overrides(
        ["scenario.arrivals=[{rate_per_s=60, duration_s=1}]", "scenario.service.processes=2"]
    )
    written = read_scenario("baseline", overrides)
    record = run_plan(Plan(read_policy("careful", overrides), written.scenario, written.upstream), tmp_path)
    assert record.run.driver_ceiling_per_s == 40.0
    assert record.state == "complete"
