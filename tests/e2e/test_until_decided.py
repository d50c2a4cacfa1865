"""Runs with further seeds until every threshold is decided."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from pathlib import Path

import pytest

from harness.inputs.shipped_files import shipped_folder
from harness.record.reader import list_runs
from tests.conftest import SURGELINE, Program

SCENARIO = """
name = "some-errors"
seed = 4
upstream = "{shipped}/upstreams/fixed-8x20ms.toml"
journey = "scenarios.journeys.orders:get_order"
service = {{ processes = 1, threads = 100 }}
arrivals = [{{ rate_per_s = 150, duration_s = 2 }}]
timeline = [{{ at_s = 0, fault = {{ kind = "status", status = 500, ratio = 0.02 }} }}]
slo = {{ warmup_s = 0, thresholds = ["p50(latency) < 4s", {thresholds}] }}
"""
AT_MOST = ("--max-minutes", "1")
EASY, NEAR, HOPELESS = '"ratio(error) < 50%"', '"ratio(error) < 5%"', '"ratio(error) < 0.2%"'


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    """The file of a scenario in which 2% of the calls fail."""
    return tmp_path / "some-errors.toml"


def _scenario(thresholds: str) -> str:
    return SCENARIO.format(shipped=shipped_folder(), thresholds=thresholds)


def _run(surgeline: Program, scenario: Path, thresholds: str, *options: str) -> tuple[int, dict[str, object]]:
    scenario.write_text(_scenario(thresholds))
    done = surgeline(
        "run", str(scenario), "-p", "stateless", "--until-decided", "--json", *(options or AT_MOST)
    )
    return done.returncode, json.loads(done.stdout)


@pytest.mark.alone
def test_a_clear_pass_takes_one_run(surgeline: Program, scenario: Path, runs: Path) -> None:
    code, found = _run(surgeline, scenario, EASY)
    assert (code, found["seeds"]) == (0, [4])
    assert len(list_runs(runs)) == 1


@pytest.mark.acceptance
def test_a_limit_near_the_truth_takes_further_seeds(surgeline: Program, scenario: Path, runs: Path) -> None:
    code, found = _run(surgeline, scenario, NEAR)
    assert code == 0
    assert found["seeds"] == list(range(4, 4 + len(list_runs(runs))))
    assert len(found["seeds"]) > 1


@pytest.mark.alone
def test_the_first_failure_ends_a_series_that_stops_on_it(surgeline: Program, scenario: Path) -> None:
    code, found = _run(surgeline, scenario, f"{HOPELESS}, {NEAR}", "--stop-on-fail", *AT_MOST)
    assert (code, found["seeds"]) == (1, [4])
    assert [m["verdict"] for m in found["verdict"]["margins"]] == ["pass", "fail", "inconclusive"]


def test_no_run_begins_when_the_minutes_are_over(surgeline: Program, scenario: Path) -> None:
    code, found = _run(surgeline, scenario, NEAR, "--max-minutes", "0")
    assert (code, found["seeds"]) == (3, [4])


def test_remote_workers_serve_no_series(surgeline: Program) -> None:
    done = surgeline("run", "baseline", "-p", "careful", "--until-decided", "--expect-workers", "2")
    assert done.returncode == 2
    assert "--expect-workers: 2 cannot be used with --until-decided" in done.stderr


def test_stop_on_fail_alone_is_refused(surgeline: Program) -> None:
    done = surgeline("run", "baseline", "-p", "careful", "--stop-on-fail")
    assert done.returncode == 2
    assert "give --until-decided too" in done.stderr


@pytest.mark.acceptance
def test_a_gate_goes_on_until_it_is_decided(surgeline: Program, scenario: Path, tmp_path: Path) -> None:
    scenario.write_text(_scenario(NEAR))
    gate = ("gate", str(scenario), "-p", "stateless", "--baseline", str(tmp_path / "baseline.json"))
    assert surgeline(*gate, "--save").returncode == 0
    done = surgeline(*gate, "--until-decided", *AT_MOST, "--threshold", "ratio(error) < 40x baseline")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.acceptance
def test_a_comparison_adds_seeds_until_every_policy_is_decided(surgeline: Program, scenario: Path) -> None:
    scenario.write_text(_scenario(NEAR))
    policies = ("-p", "stateless", "-p", "careful")
    done = surgeline(
        "compare", str(scenario), *policies, "--until-decided", *AT_MOST, "--json", timeout_s=110
    )
    found = json.loads(done.stdout)
    assert done.returncode == 0
    assert {name: verdict["kind"] for name, verdict in found["series"].items()} == {
        "stateless": "pass",
        "careful": "pass",
    }
    assert sorted(found["decision"]["holding"]) == ["careful", "stateless"]
    assert len(found["seeds"]) > 1


def test_ctrl_c_keeps_the_runs_of_a_series(scenario: Path, runs: Path) -> None:
    scenario.write_text(_scenario(NEAR))
    line = ["env", "--default-signal=INT", str(SURGELINE), "run", str(scenario), "-p", "stateless"]
    with subprocess.Popen([*line, "--until-decided"], stderr=subprocess.PIPE, text=True) as series:
        while len(list_runs(runs) if runs.exists() else []) < 2:
            assert series.poll() is None
            time.sleep(0.05)
        series.send_signal(signal.SIGINT)
        _, said = series.communicate(timeout=60)
    assert series.returncode == 130
    assert [run.state for run in list_runs(runs)] == ["interrupted", "complete"]
    assert "The series ends after 1 whole run." in said
