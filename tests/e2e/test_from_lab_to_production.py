"""The guide "From lab to production": its own files, run in the lab, under gunicorn and under uvicorn."""

from __future__ import annotations

import json
import re
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.lab.upstream_process import UpstreamProcess
from tests.conftest import Program
from tests.e2e.servers import free_port, running, until
from tests.load.served import upstream

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "guides" / "from-lab-to-production.md"
FENCED = re.compile(r"```(?:toml|python)\n# (\S+)\n(.*?)```", re.DOTALL)
CANARY = re.compile(r"```python\n# in orders.py, in place of the session\n(.*?)```", re.DOTALL)
WORKERS = 4


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the files of the guide."""
    for name, content in FENCED.findall(GUIDE.read_text(encoding="utf-8")):
        (tmp_path / name).write_text(content, encoding="utf-8")
    return tmp_path


@contextmanager
def served(folder: Path, upstream_url: str, *command: str) -> Iterator[tuple[str, int]]:
    """A service that runs with this command: its address, and the first port of its metrics."""
    port, metrics_port = free_port(), free_port()
    variables = {"ORDERS_API": upstream_url, "METRICS_PORT": str(metrics_port), "PYTHONPATH": str(ROOT)}
    environment = [f"{name}={value}" for name, value in variables.items()]
    place = ("--bind", f"127.0.0.1:{port}") if command[0] == "gunicorn" else ("--port", str(port))
    started = ["env", "-C", str(folder), *environment, sys.executable, "-m", *command, *place]
    with running(started, folder / "service.log"):
        url = f"http://127.0.0.1:{port}"
        until(lambda: fetched(f"{url}/orders/1"), f"{command[0]} answers")
        yield url, metrics_port


def fetched(url: str) -> str:
    """The body of a response; "" while there is none, or for an error."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return str(response.read().decode())
    except OSError:
        return ""


def calls_counted(first_port: int, ports: int) -> list[float]:
    """What each process that has one of the ports counts as its calls."""
    texts = [fetched(f"http://127.0.0.1:{first_port + number}/metrics") for number in range(ports)]
    return [
        sum(float(line.rpartition(" ")[2]) for line in text.splitlines()
            if line.startswith('surgeline_call_duration_seconds_count{policy="orders"'))
        for text in texts if 'policy="orders"' in text
    ]  # fmt: skip


def audited(folder: Path, event: str) -> set[int]:
    """The processes that have written this event of a rollout."""
    log = folder / "orders-audit.jsonl"
    lines = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    return {line["process"] for line in lines if line.get("event") == event}


@pytest.fixture(scope="module")
def orders() -> Iterator[UpstreamProcess]:
    with upstream({"kind": "latency", "add_s": 0.05}) as process:
        yield process


@pytest.mark.acceptance
def test_the_policy_of_the_guide_keeps_the_slo_of_its_run(folder: Path, surgeline: Program) -> None:
    (command,) = re.findall(r"^surgeline (run .*)$", GUIDE.read_text(), re.MULTILINE)
    shorter = ("--set", "scenario.arrivals.0.duration_s=3", "--set", "scenario.slo.warmup_s=0.5")
    done = surgeline(*command.split(), *shorter)
    assert done.returncode in (0, 3), (
        done.stdout + done.stderr
    )  # 3 s of a machine with other work may not decide.


def test_each_worker_of_gunicorn_serves_and_exports_its_metrics(
    folder: Path, orders: UpstreamProcess
) -> None:
    with served(folder, orders.url, "gunicorn", "orders:app") as (url, metrics_port):
        for _ in range(20):
            assert fetched(f"{url}/orders/1")
        until(lambda: len(calls_counted(metrics_port, 2 * WORKERS)) == WORKERS, "all workers export")
        assert sum(calls_counted(metrics_port, 2 * WORKERS)) >= 21


def test_fastapi_serves_with_the_same_policy_and_exports_its_metrics(
    folder: Path, orders: UpstreamProcess
) -> None:
    with served(folder, orders.url, "uvicorn", "orders_api:app") as (url, metrics_port):
        for _ in range(20):
            assert fetched(f"{url}/orders/1")
        (calls,) = calls_counted(metrics_port, 1)
        assert calls >= 21


@pytest.mark.acceptance
def test_a_policy_that_fails_is_taken_back_in_every_worker(folder: Path, orders: UpstreamProcess) -> None:
    (canary,) = CANARY.findall(GUIDE.read_text())
    app, following = folder / "orders.py", folder / "orders-next.toml"
    app.write_text(re.sub(r"^session = .*$", canary, app.read_text(), flags=re.MULTILINE))
    following.write_text(following.read_text().replace("read_s = 0.3", "read_s = 0.02"))
    with served(folder, orders.url, "gunicorn", "orders:app") as (url, _):

        def rolled_back() -> bool:
            for _ in range(10):
                fetched(f"{url}/orders/1")
            return len(audited(folder, "rolled back")) == WORKERS

        until(rolled_back, "every worker has rolled back", at_most_s=60.0)
        assert len(list((folder / "rollout").iterdir())) == 1
        assert all(fetched(f"{url}/orders/1") for _ in range(40))
