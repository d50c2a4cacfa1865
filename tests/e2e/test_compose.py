"""The whole lab in compose on a real Docker engine: `make test-compose`.

Takes some minutes and root: it starts an engine of its own, makes a base image with debootstrap, and puts
Debian's Prometheus and Alertmanager in the place of the projects' images. Grafana stays out.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.lab.worker_token import TOKEN, new_token
from tests.conftest import needs
from tests.e2e.browser import Visitor, chromium
from tests.e2e.engine import build_server, engine, import_base, run
from tests.e2e.locust_ui import LocustUi
from tests.e2e.servers import Prometheus, free_port, get_json, until

pytestmark = [pytest.mark.compose, pytest.mark.timeout(1500)]

ROOT = Path(__file__).parents[2]
PROJECT = "surgelinetest"
SERVERS = {"upstream", "locust", "worker", "prometheus", "alertmanager", "dashboard"}
PORTS = ("LOCUST", "UPSTREAM", "CONTROL", "PROMETHEUS", "ALERTMANAGER", "DASHBOARD", "GRAFANA")
WORKERS = (
    "--expect-workers", "2", "--bind", "0.0.0.0:5557", "--target", "http://upstream:8080", "--allow-target", "upstream",
)  # fmt: skip
SHORT = ("--set", "scenario.arrivals.0.duration_s=8", "--set", "scenario.arrivals.0.rate_per_s=50")


class Stack:
    """A composed project on one engine."""

    def __init__(self, address: str, ports: dict[str, int], images: dict[str, str]) -> None:
        self.ports = ports
        self.environment = {
            **os.environ, "DOCKER_HOST": address, "COMPOSE_PROJECT_NAME": PROJECT, "COMPOSE_PROFILES": "none",
            TOKEN: new_token(),
            "SURGELINE_BUILD_NETWORK": "host", **images,
            **{f"SURGELINE_{name}_PORT": str(port) for name, port in ports.items()},
        }  # fmt: skip

    def compose(self, *arguments: object, timeout_s: float = 900.0) -> str:
        """What `docker-compose …` prints."""
        command = [needs("docker-compose", "docker-compose"), "-f", str(ROOT / "docker-compose.yml")]
        return run(*command, *arguments, timeout_s=timeout_s, environment=self.environment)

    def lab(self, *arguments: str) -> dict[str, Any]:
        """The output of `surgeline … --json` in a container of the lab, for any verdict."""
        command = [needs("docker-compose", "docker-compose"), "-f", str(ROOT / "docker-compose.yml"), "run"]
        done = subprocess.run(
            [*command, "--rm", "-T", "--use-aliases", "lab", "surgeline", *arguments, "--json"],
            env=self.environment, capture_output=True, text=True, timeout=200, check=False,
        )  # fmt: skip
        assert done.returncode in {0, 1, 3}, done.stderr  # 2 would be bad input.
        return dict(json.loads(done.stdout))

    def docker(self, *arguments: object) -> str:
        """What `docker …` prints."""
        return run("docker", *arguments, environment=self.environment)

    def containers(self, service: str = "") -> list[dict[str, Any]]:
        """What the engine knows of the project's containers."""
        labels = [f"label=com.docker.compose.project={PROJECT}"]
        labels += [f"label=com.docker.compose.service={service}"] if service else []
        ids = self.docker("ps", "-aq", *(part for label in labels for part in ("--filter", label))).split()
        return list(json.loads(self.docker("inspect", *ids))) if ids else []

    def healthy(self) -> set[str]:
        """The services whose containers are all healthy."""
        states: dict[str, set[str]] = {}
        for container in self.containers():
            service = container["Config"]["Labels"]["com.docker.compose.service"]
            states.setdefault(service, set()).add(container["State"].get("Health", {}).get("Status", "none"))
        return {service for service, seen in states.items() if seen == {"healthy"}}

    def hosts(self, service: str) -> set[str]:
        """The names of a service's containers on their network."""
        return {container["Config"]["Hostname"] for container in self.containers(service)}

    def url(self, name: str) -> str:
        """Where a published port is."""
        return f"http://127.0.0.1:{self.ports[name]}"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The project, built and up, on an engine of its own."""
    needs("docker", "docker.io")
    needs("docker-compose", "docker-compose")
    folder = tmp_path_factory.mktemp("engine")
    try:
        with engine(folder) as address:
            images = {
                "SURGELINE_BASE": import_base(address, folder),
                "SURGELINE_IMAGE": "surgeline-test",
                "SURGELINE_PROMETHEUS_IMAGE": build_server(address, "prometheus"),
                "SURGELINE_ALERTMANAGER_IMAGE": build_server(address, "alertmanager"),
            }
            found = Stack(address, {name: free_port() for name in PORTS}, images)
            found.compose("build", "lab")
            try:
                found.compose("up", "-d", "--scale", "worker=2")
                until(lambda: found.healthy() >= SERVERS, "all services are healthy", at_most_s=120)
                yield found
            finally:
                found.compose("down", "--volumes", "--remove-orphans")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def compared(stack: Stack) -> list[dict[str, Any]]:
    """The runs of a comparison that was made inside."""
    return list(stack.lab("compare", "baseline", "-p", "careful", "-p", "stateless", *SHORT)["runs"])


def test_every_service_is_healthy(stack: Stack) -> None:
    assert stack.healthy() >= SERVERS


def test_no_container_runs_as_root_or_writes_its_root_file_system(stack: Stack) -> None:
    for container in stack.containers():
        assert container["Config"]["User"].split(":")[0] not in {"", "0", "root"}, container["Name"]
        assert container["HostConfig"]["ReadonlyRootfs"], container["Name"]
        assert container["HostConfig"]["CapDrop"] == ["ALL"], container["Name"]


def test_every_port_is_on_loopback(stack: Stack) -> None:
    published = [
        binding["HostIp"]
        for container in stack.containers()
        for bindings in container["NetworkSettings"]["Ports"].values()
        for binding in bindings or []
    ]

    assert len(published) >= len(SERVERS - {"worker"})
    assert set(published) == {"127.0.0.1"}


def test_the_upstream_answers_on_its_port(stack: Stack) -> None:
    assert get_json(stack.url("UPSTREAM") + "/get")["url"].endswith("/get")
    assert get_json(stack.url("CONTROL") + "/health")["name"] == "orders-api"


def test_a_swarm_from_locusts_web_ui_is_shared_by_its_workers_and_seen_in_prometheus(stack: Stack) -> None:
    ui, server = LocustUi(stack.url("LOCUST")), Prometheus(stack.url("PROMETHEUS"))
    ui.until_ready(workers=2)
    ui.swarm(user_count=40, spawn_rate=40, policy="textbook", scenario="baseline")
    calls = 'surgeline_call_duration_seconds_count{policy="textbook", scenario="baseline"} > 0'

    def scraped() -> set[str]:
        return {process.partition(":")[0] for process in server.values(calls, "instance")}

    until(lambda: scraped() == stack.hosts("worker"), "both workers' calls are in Prometheus", at_most_s=30)
    until(lambda: ui.requests > 0, "Locust counts requests")
    ui.stop()
    ui.until("stopped")
    total = ui.stats()["stats"][-1]

    assert "<title>Locust" in ui.page()
    assert total["num_failures"] < total["num_requests"] / 2


def test_prometheus_sends_its_alerts_to_the_alertmanager(stack: Stack) -> None:
    found = until(lambda: get_json(stack.url("PROMETHEUS") + "/api/v1/alertmanagers"), "Prometheus answers")

    assert [a["url"] for a in found["data"]["activeAlertmanagers"]] == [
        "http://alertmanager:9093/api/v2/alerts"
    ]


def test_a_comparison_inside_is_seen_in_prometheus(stack: Stack, compared: list[dict[str, Any]]) -> None:
    server = Prometheus(stack.url("PROMETHEUS"))
    for made in compared:
        run_info = f'last_over_time(surgeline_run_info{{run="{made["run"]}"}}[10m])'
        calls = f"sum(last_over_time(surgeline_call_duration_seconds_count[10m]) * on(instance) group_left {run_info})"
        assert server.values(calls)[""] > made["measurements"]["calls"]["n"] > 0, made["run"]


def test_a_comparison_inside_is_seen_on_the_dashboard(
    stack: Stack, compared: list[dict[str, Any]], tmp_path: Path
) -> None:
    needs("chromium", "chromium")
    needs("chromedriver", "chromium-driver")
    with chromium(tmp_path / "profile") as browser:
        visitor = Visitor(browser, stack.url("DASHBOARD"))
        visitor.look()
        for made in compared:
            visitor.open(f"/run?run={made['run']}")
            visitor.sees(made["policy"])
        visitor.open(f"/prometheus?run={compared[0]['run']}")
        visitor.sees("processes: 1")


def test_a_run_over_two_workers_is_scraped_from_both(stack: Stack) -> None:
    stack.compose("up", "-d", "--scale", "lab-worker=2", "lab-worker")
    until(lambda: len(stack.containers("lab-worker")) == 2, "two workers are there")
    made = stack.lab("run", "baseline", "-p", "careful", *WORKERS, *SHORT)
    server = Prometheus(stack.url("PROMETHEUS"))

    processes = server.values(f'last_over_time(surgeline_run_info{{run="{made["run"]}"}}[10m])', "instance")
    hosts = {process.partition(":")[0] for process in processes}

    assert hosts == stack.hosts("lab-worker")
    assert made["measurements"]["calls"]["n"] > 0


def test_the_runs_survive_their_container(stack: Stack, compared: list[dict[str, Any]]) -> None:
    listed = json.loads(stack.compose("run", "--rm", "-T", "lab", "surgeline", "list", "--json"))

    assert {made["run"] for made in compared} <= {run["run"] for run in listed}


def test_down_leaves_nothing(stack: Stack) -> None:
    stack.compose("down", "--volumes", "--remove-orphans")
    mine = ["--filter", f"label=com.docker.compose.project={PROJECT}", "-q"]

    assert stack.docker("ps", "-a", *mine) == ""
    assert stack.docker("network", "ls", *mine) == ""
    assert stack.docker("volume", "ls", *mine) == ""
