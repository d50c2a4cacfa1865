"""Policies and scenarios under Locust's own command: headless, in its web UI, and over master and workers."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from harness.analyse.schedule import arrival_times
from harness.inputs.scenarios import read_scenario
from harness.inputs.shipped_files import shipped_folder
from harness.record.schema import TABLES
from tests.e2e.locust_ui import LocustUi
from tests.e2e.servers import free_port, until
from tests.load.served import upstream

LOCUST = Path(sys.executable).with_name("locust")
LOCUSTFILE = shipped_folder() / "locustfile.py"
SCENARIO = f"""
name = "short"
seed = 5
upstream = "{shipped_folder()}/upstreams/fixed-8x20ms.toml"
journey = "scenarios.journeys.orders:get_order"
drain_s = 5.0
[service]
threads = 40
[[arrivals]]
rate_per_s = 50
duration_s = 4
[[timeline]]
at_s = 1
for_s = 1
fault = {{ kind = "status", status = 503 }}
"""


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    """Four seconds of load, one of them with errors."""
    path = tmp_path / "short.toml"
    path.write_text(SCENARIO)
    return path


def _arrivals(scenario: Path) -> int:
    written = read_scenario(str(scenario)).scenario
    return len(arrival_times(written.arrivals, written.seed))


def _command(*arguments: object) -> list[str]:
    return [str(LOCUST), "-f", str(LOCUSTFILE), *map(str, arguments)]


@contextmanager
def _started(folder: Path, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """A Locust that is ended at the latest with the test."""
    process = subprocess.Popen(
        _command(*arguments), cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=20)


def _headless(folder: Path, *arguments: object) -> tuple[int, dict[str, int]]:
    """Runs Locust to its end; returns the exit code and its statistics of the one route."""
    done = subprocess.run(
        _command("--headless", "--json", *arguments),
        cwd=folder, capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip
    assert done.stdout, done.stderr
    (route,) = json.loads(done.stdout)
    return done.returncode, route


@pytest.mark.timeout(120)
def test_headless_makes_the_scenario_s_arrivals_and_locust_counts_them(
    tmp_path: Path, scenario: Path
) -> None:
    code, total = _headless(tmp_path, "--policy", "session", "--scenario", scenario)
    assert total["num_requests"] == _arrivals(scenario)
    assert 20 <= total["num_failures"] <= 80
    assert code == 1  # Locust's own, for failures


@pytest.mark.acceptance
@pytest.mark.timeout(150)
def test_a_master_and_two_workers_make_the_same_arrivals_once(tmp_path: Path, scenario: Path) -> None:
    port = free_port()
    worker = ("--worker", "--master-port", port)
    with _started(tmp_path, *worker), _started(tmp_path, *worker):
        _, total = _headless(
            tmp_path, "--master", "--master-bind-port", port, "--expect-workers", 2,
            "--policy", "session", "--scenario", scenario,
        )  # fmt: skip
    assert total["num_requests"] == _arrivals(scenario)


@pytest.mark.acceptance
@pytest.mark.timeout(150)
def test_the_web_ui_starts_one_test_after_another(tmp_path: Path, scenario: Path) -> None:
    port = free_port()
    ui = LocustUi(f"http://127.0.0.1:{port}")
    with _started(tmp_path, "--web-host", "127.0.0.1", "--web-port", port, "--scenario", scenario):
        for policy in ("session", "careful"):
            ui.until("ready", "stopped")
            ui.swarm(user_count=40, spawn_rate=40, policy=policy, scenario=scenario)
            ui.until("running")
            ui.until("stopped")
            assert ui.requests == _arrivals(scenario)


@pytest.mark.timeout(150)
@pytest.mark.parametrize("processes", [1, pytest.param(2, marks=pytest.mark.acceptance)])
def test_an_invalid_test_does_not_start_and_the_next_one_does(
    tmp_path: Path, scenario: Path, processes: int
) -> None:
    port, web_port = free_port(), free_port()
    ui = LocustUi(f"http://127.0.0.1:{web_port}")
    options: tuple[object, ...] = ("--web-host", "127.0.0.1", "--web-port", web_port)
    with ExitStack() as stack:
        if processes > 1:
            options += ("--master", "--master-bind-port", port)
            for _ in range(processes):
                stack.enter_context(_started(tmp_path, "--worker", "--master-port", port))
        stack.enter_context(_started(tmp_path, *options))
        if processes > 1:
            ui.until_ready(processes)
        ui.until("ready")
        ui.swarm(user_count=40, spawn_rate=40, policy="session", scenario="no-such-scenario")
        until(lambda: "no-such-scenario" in ui.logs(), "it says why")
        assert ui.stats()["state"] == "ready"
        ui.swarm(user_count=40, spawn_rate=40, policy="session", scenario=scenario)
        ui.until("running")
        ui.until("stopped")
        until(lambda: ui.requests == _arrivals(scenario), "the last statistics have come")


@pytest.mark.acceptance
@pytest.mark.timeout(150)
def test_every_arrival_is_served_once_when_a_worker_was_replaced(tmp_path: Path, scenario: Path) -> None:
    scenario.write_text(SCENARIO.partition("[[timeline]]")[0])
    port, web_port = free_port(), free_port()
    ui = LocustUi(f"http://127.0.0.1:{web_port}")
    worker = ("--worker", "--master-port", port)
    with upstream() as served, _started(
        tmp_path, "--master", "--master-bind-port", port, "--web-host", "127.0.0.1", "--web-port", web_port,
        "--host", served.url, "--policy", "session", "--scenario", scenario,
    ), _started(tmp_path, *worker):  # fmt: skip
        ui.until_ready(workers=1)
        with _started(tmp_path, *worker):
            ui.until_ready(workers=2)
        ui.until_ready(workers=1)
        with _started(tmp_path, *worker):  # Locust gives it the number 2, not 1 again.
            ui.until_ready(workers=2)
            ui.swarm(user_count=80, spawn_rate=80)
            ui.until("running")
            ui.until("stopped")
        columns = dict(zip(TABLES["served"].names, served.served(0.0) or (), strict=True))

    arrivals = [int(key.partition(".")[0]) for key in columns["key"]]
    assert sorted(arrivals) == list(range(_arrivals(scenario)))


def test_with_metrics_a_process_is_listed_for_prometheus_and_counts_every_call(
    tmp_path: Path, scenario: Path, runs: Path
) -> None:
    ui = LocustUi(f"http://127.0.0.1:{(port := free_port())}")
    options = ("--web-host", "127.0.0.1", "--web-port", port, "--scenario", scenario, "--metrics")
    with _started(tmp_path, *options):
        ui.until("ready")
        (listing,) = (runs / "targets").iterdir()
        ((address,),) = (group["targets"] for group in json.loads(listing.read_text()))
        ui.swarm(user_count=40, spawn_rate=40)
        ui.until("running")
        ui.until("stopped")
        lines = urllib.request.urlopen(f"http://{address}/metrics", timeout=10).read().decode().splitlines()
    calls = [line for line in lines if line.startswith("surgeline_call_duration_seconds_count{")]

    assert sum(float(line.split()[-1]) for line in calls) == _arrivals(scenario)
    assert all('scenario="short"' in line for line in calls)
    assert list((runs / "targets").iterdir()) == []


def test_a_policy_that_is_not_there_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    done = subprocess.run(
        _command("--headless", "--policy", "carefull"),
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "did you mean careful?" in done.stderr
