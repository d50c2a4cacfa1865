"""What a stranger on the network or a page of another site reaches: nothing."""

from __future__ import annotations

import base64
import http.client
import json
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from tests.conftest import SURGELINE
from tests.e2e.browser import served
from tests.e2e.started_service import scenario_file

PATIENCE_S = 90.0
SERVICE = [
    "{python}", "-m", "gunicorn", "every_way:app", "--bind", "{bind}", "--workers", "1", "--threads", "4",
]  # fmt: skip
ROOT = Path(__file__).parents[2]


def _until(condition: Callable[[], object]) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end_s, "nothing happened in time"
        time.sleep(0.05)


@contextmanager
def _running(runs: Path, *arguments: str) -> Iterator[psutil.Process]:
    """A run that has recorded calls."""
    process = subprocess.Popen(
        [str(SURGELINE), "run", *arguments], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _until(lambda: any(path.stat().st_size > 5000 for path in runs.glob("[!.]*/calls.arrows")))
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def _addresses(process: psutil.Process) -> set[str]:
    """The addresses on which a process and its descendants accept connections or datagrams."""
    found = set[str]()
    for each in [process, *process.children(recursive=True)]:
        for one in each.net_connections("inet"):
            if one.laddr and (one.status == psutil.CONN_LISTEN or one.type == socket.SOCK_DGRAM):
                found.add(one.laddr.ip)
    return found


def test_a_run_of_several_processes_listens_on_loopback_only(runs: Path) -> None:
    with _running(
        runs, "baseline", "-p", "careful", "--set", "scenario.service.processes=2",
        "--set", "scenario.arrivals.0.duration_s=60",
    ) as command:  # fmt: skip
        assert _addresses(command) == {"127.0.0.1"}


def test_a_run_of_a_real_service_listens_on_loopback_only(runs: Path, tmp_path: Path) -> None:
    file = scenario_file(tmp_path, SERVICE, rate_per_s=20.0, duration_s=60.0)
    with _running(runs, str(file), "-p", "as-is") as command:
        assert _addresses(command) == {"127.0.0.1"}


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """HOST:PORT of a dashboard."""
    with served(tmp_path_factory.mktemp("strangers") / "runs") as address:
        yield urlsplit(address).netloc


def test_the_dashboard_listens_on_loopback_only(dashboard: str) -> None:
    port = int(dashboard.rpartition(":")[2])
    (own,) = [
        each for each in psutil.Process().children(recursive=True)
        if any(one.laddr and one.laddr.port == port for one in each.net_connections("tcp"))
    ]  # fmt: skip
    assert _addresses(own) == {"127.0.0.1"}


def _opened(dashboard: str, origin: str) -> int:
    """The status of a request for the dashboard's WebSocket, as a page of `origin` sends it; 101 opens it."""
    connection = http.client.HTTPConnection(dashboard, timeout=PATIENCE_S)
    headers = {
        "Connection": "Upgrade", "Upgrade": "websocket", "Origin": origin, "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
    }  # fmt: skip
    connection.request("GET", "/_stcore/stream", headers=headers)
    status = connection.getresponse().status
    connection.close()
    return status


def test_the_dashboard_s_session_is_open_to_its_own_pages_and_to_no_other_site(dashboard: str) -> None:
    assert _opened(dashboard, f"http://{dashboard}") == 101
    assert _opened(dashboard, "http://evil.test") == 403
    assert _opened(dashboard, "null") == 403


def test_the_metrics_of_a_run_answer_to_their_own_names_only(runs: Path) -> None:
    with _running(runs, "baseline", "-p", "careful", "--set", "scenario.arrivals.0.duration_s=60"):
        (listing,) = (runs / "targets").glob("*.json")
        driver = next(
            group for group in json.loads(listing.read_text()) if "driver" in group["labels"]["job"]
        )
        place = driver["targets"][0]
        for host, expected in ((place, 200), ("localhost", 200), ("evil.test", 403)):
            connection = http.client.HTTPConnection(place, timeout=PATIENCE_S)
            connection.request("GET", "/metrics", headers={"Host": host})
            assert connection.getresponse().status == expected
            connection.close()


def test_no_secret_is_compared_in_a_time_that_depends_on_it() -> None:
    """`==` ends at the first character that differs, and so tells how much of a guess is right."""
    found = []
    for package in ("harness", "mock_upstream", "surgeline", "dashboard"):
        for path in (ROOT / package).rglob("*.py"):
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                words = line.partition("#")[0]
                if any(
                    f"{name} {sign}" in words
                    for name in ("token", "_token", "secret")
                    for sign in ("==", "!=")
                ):
                    found.append(f"{path.relative_to(ROOT)}:{number}")
    assert found == []
