"""The shipped rules and alerts: by promtool's tests, and for real in an Alertmanager."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import needs
from tests.e2e.live import LiveRun, retrying_plan
from tests.e2e.servers import Prometheus, free_port, get_json, prometheus, running, until

DEPLOY = Path(__file__).parents[2] / "deploy"
RULES = DEPLOY / "prometheus" / "rules.yml"
RECORDED = (
    "policy:surgeline_call_duration_seconds:p50",
    "policy:surgeline_call_duration_seconds:p95",
    "policy:surgeline_call_duration_seconds:p99",
    "policy:surgeline_calls:error_ratio",
    "policy:surgeline_calls:amplification",
    "policy:surgeline_pool:saturation",
)


def tool(*command: object) -> subprocess.CompletedProcess[str]:
    """Runs one of the servers' own tools."""
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)


def test_promtool_finds_nothing_wrong_with_the_rules() -> None:
    done = tool(needs("promtool", "prometheus"), "check", "rules", RULES)

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_passes_promtool_s_tests() -> None:
    done = tool(needs("promtool", "prometheus"), "test", "rules", RULES.with_name("rules.test.yml"))

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_has_a_test_that_fires_it_and_one_that_does_not() -> None:
    alerts = {line.split()[-1] for line in RULES.read_text().splitlines() if "- alert:" in line}
    tests = RULES.with_name("rules.test.yml").read_text()

    for alert in alerts:
        assert f"alertname: {alert}\n" in tests, f"{alert} never fires in rules.test.yml"
        assert f"{{alertname: {alert}, " in tests, f"{alert} is never quiet in rules.test.yml"


def test_amtool_finds_nothing_wrong_with_the_configuration() -> None:
    amtool = needs("amtool", "prometheus-alertmanager")
    done = tool(amtool, "check-config", DEPLOY / "alertmanager" / "alertmanager.yml")

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder laid out as a checkout, with the shipped configuration."""
    root = tmp_path_factory.mktemp("alerts")
    shutil.copytree(DEPLOY, root / "deploy")
    (root / "runs").mkdir()
    return root


@pytest.fixture(scope="module")
def alertmanager(checkout: Path) -> Iterator[str]:
    """The address of a running Alertmanager, which the Prometheus of this checkout knows."""
    path, port = needs("prometheus-alertmanager", "prometheus-alertmanager"), free_port()
    config = checkout / "deploy" / "alertmanager" / "alertmanager.yml"
    command = [
        path, f"--config.file={config}", f"--storage.path={checkout / 'alertmanager'}",
        f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address=",
    ]  # fmt: skip
    listing = checkout / "deploy" / "alertmanagers" / "here.json"
    listing.write_text(json.dumps([{"targets": [f"127.0.0.1:{port}"]}]))
    with running(command, checkout / "alertmanager.log"):
        url = f"http://127.0.0.1:{port}/api/v2"
        until(lambda: get_json(url + "/status"), "Alertmanager answers")
        yield url


@pytest.fixture(scope="module")
def server(checkout: Path, alertmanager: str) -> Iterator[Prometheus]:
    with prometheus(checkout / "deploy" / "prometheus" / "prometheus.yml", checkout) as found:
        yield found


@pytest.fixture(scope="module")
def runs(server: Prometheus, checkout: Path) -> Iterator[dict[str, LiveRun]]:
    """A storm, in which every attempt fails from the first second on, and a spike of two seconds, side by side.

    Each has two processes. Prometheus takes up to 5 s to begin with them, and the storm's alert wants 10 s of it.
    """
    failing = {"kind": "status", "status": 503}
    settings = [
        "scenario.arrivals.0.rate_per_s=25",
        "scenario.arrivals.0.duration_s=30",
        "scenario.service.processes=2",
        "policy.retry.total=3",
    ]
    faults = {
        "storm": {"at_s": 1.0, "fault": failing},
        "spike": {"at_s": 10.0, "for_s": 2.0, "fault": failing},
    }
    started = {
        name: LiveRun(retrying_plan(*settings, name=name, faults=(fault,)), checkout / "runs")
        for name, fault in faults.items()
    }
    listings = checkout / "runs" / "targets"
    until(lambda: len(list(listings.glob("*.json"))) == 2, "both runs have begun", at_most_s=90)
    yield started
    for run in started.values():
        run.end()


def firing(alertmanager: str, scenario: str) -> list[dict[str, Any]]:
    """The retry storms that Alertmanager knows of in one scenario."""
    alerts = get_json(alertmanager + "/alerts") or []
    wanted = {"alertname": "SurgelineRetryStorm", "scenario": scenario}
    return [alert for alert in alerts if wanted.items() <= alert["labels"].items()]


@pytest.mark.acceptance
@pytest.mark.timeout(180)
def test_a_retry_storm_of_two_processes_fires_in_alertmanager(
    server: Prometheus, alertmanager: str, runs: dict[str, LiveRun]
) -> None:
    (alert,) = until(lambda: firing(alertmanager, "storm"), "the storm's alert", at_most_s=40)
    retrying = server.values('rate(surgeline_retries_total{scenario="storm"}[5s]) > 0', "instance")

    assert runs["storm"].live
    assert len(retrying) == 2
    assert alert["labels"]["severity"] == "page"
    assert "attempts per call" in alert["annotations"]["summary"]


@pytest.mark.acceptance
def test_the_recording_rules_answer_for_both_runs(server: Prometheus, runs: dict[str, LiveRun]) -> None:
    def answers() -> set[str]:
        return {rule for rule in RECORDED if set(server.values(rule, "scenario")) == {"storm", "spike"}}

    until(lambda: answers() == set(RECORDED), "all recording rules answer")


@pytest.mark.acceptance
def test_a_spike_of_two_seconds_does_not_fire(
    server: Prometheus, alertmanager: str, runs: dict[str, LiveRun]
) -> None:
    runs["spike"].end()
    retried = 'max_over_time(surgeline_retries_total{scenario="spike"}[5m]) > 0'
    amplification = 'max_over_time(policy:surgeline_calls:amplification{scenario="spike"}[5m])'
    # A busy machine makes the generator late, and that alert is then right.
    others = 'scenario="spike", alertstate="firing", alertname!="SurgelineGeneratorLate"'
    fired = f"max_over_time(ALERTS{{{others}}}[5m])"

    assert len(server.values(retried, "instance")) == 2
    assert server.values(amplification)[""] > 1.5
    assert server.values(fired, "alertname") == {}
    assert firing(alertmanager, "spike") == []
