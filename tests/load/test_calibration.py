"""The twin beside short real runs: of surgeline's own upstream, and of a server known by its responses alone."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from harness.analyse.learning.client_overhead import client_overheads_s
from harness.analyse.measure.measurements import measurements
from harness.assess.runs import evidence_of
from harness.calibrate.calibration import Calibrated, calibrate
from harness.inputs.overrides import read_overrides
from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario
from harness.lab.plan import Plan
from harness.lab.run import run_plan
from harness.lab.upstream_process import UpstreamProcess
from harness.record.machine import machine
from harness.record.reader import Record
from mock_upstream.config.toml import build
from mock_upstream.profile import Profile
from tests.conftest import Program

pytestmark = pytest.mark.alone

WORKERS, RATE_PER_S = 4, 85
SAME_RATE = ("--set", "scenario.arrivals=[{rate_per_s=100, duration_s=8}]")
SERVER = {
    "name": "foreign",
    "capacity": {"workers": WORKERS},
    "service_time": {"distribution": "exponential", "mean_s": 0.04},
}


def _run(root: Path, rate_per_s: int, duration_s: int, target: str = "") -> Record:
    settings = [
        f"scenario.arrivals=[{{rate_per_s={rate_per_s}, duration_s={duration_s}}}]",
        "scenario.slo.warmup_s=1",
    ]
    written = read_scenario("baseline", read_overrides(settings))
    return run_plan(Plan(read_policy("careful"), written.scenario, written.upstream, target), root)


def _near(found: Calibrated, *names: str) -> dict[str, bool]:
    return {each.measured.name: each.near for each in found.apart if each.measured.name in names}


def _uneven_s(record: Record, overhead_s: float) -> float:
    """How much more than usual this machine delayed one call in twenty: a calibration is one number for all calls."""
    seen = evidence_of(record)
    late_s = measurements(seen)["schedule_lag.p99"].number
    return (
        float(np.quantile(client_overheads_s(seen.counted, record.table("served")), 0.95))
        - overhead_s
        + late_s
    )


def test_the_twin_with_the_runs_own_overhead_and_seed_is_within_a_tenth_of_it(
    runs: Path, command: Program
) -> None:
    record = _run(runs, 100, 8)
    found = calibrate(record)
    each = found.calibration

    assert each.overhead.n > 600
    assert each.overhead.low is not None
    assert 0 < each.overhead.low <= each.overhead.number
    assert (each.run, each.machine, each.upstream) == (record.run.id, machine(), None)
    wanted = ("offered_rate", "achieved_rate", "goodput", "latency.p50", "calls")
    assert _near(found, *wanted) == dict.fromkeys(wanted, True)
    p95 = next(each for each in found.apart if each.measured.name == "latency.p95")
    assert abs(p95.measured.number - p95.twin) <= 0.1 * p95.twin + _uneven_s(record, each.overhead.number)

    done = command("calibrate", "latest", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["written"] == str(runs / "calibration.json")
    predicted = command("predict", "baseline", "--seeds", "5", *SAME_RATE)
    assert f"calibrated by the run {record.run.id}" in predicted.stdout
    assert "outside of the calibrated region" not in predicted.stdout


def test_a_server_that_is_not_ours_is_learned_from_the_run(
    runs: Path, command: Program, tmp_path: Path
) -> None:
    server = UpstreamProcess(build(Profile, SERVER, "foreign"))
    try:
        server.wait_ready()
        record = _run(runs, RATE_PER_S, 24, server.url)
    finally:
        server.stop()
    found = calibrate(record)
    upstream = found.calibration.upstream

    assert found.calibration.target == server.url
    assert upstream is not None
    assert upstream.capacity.workers is not None
    assert abs(upstream.capacity.workers - WORKERS) <= 1
    assert upstream.service_time.draw_s(0.5) == pytest.approx(0.04 * 0.693, rel=0.1)
    assert all(
        each.within or each.near for each in found.apart if each.measured.name.startswith("latency.p9")
    )

    refused = command("calibrate", "latest")
    assert (refused.returncode, len(refused.stderr.splitlines())) == (2, 1)
    assert "--out is missing" in refused.stderr
    assert not (runs / "calibration.json").exists()
    assert command("calibrate", "latest", "--out", "server.json").returncode == 0
    predicted = command("predict", "baseline", "--seeds", "5", "--calibration", "server.json", *SAME_RATE)
    assert f"calibrated by the run {record.run.id}" in predicted.stdout
