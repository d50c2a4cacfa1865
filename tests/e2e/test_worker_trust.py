"""Who may take part in a run of several processes, and what a worker does for its master."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import Any

import msgpack
import psutil
import pytest
import zmq

from harness.drive.curve_keys import set_keys
from harness.lab.worker_token import TOKEN, new_token
from harness.record.reader import Record, find_run
from tests.conftest import SURGELINE
from tests.e2e.servers import free_port, until

SHORT = ["--set", "scenario.arrivals.0.rate_per_s=40", "--set", "scenario.arrivals.0.duration_s=4"]
SHORT += ["--set", "scenario.slo.warmup_s=1", "--set", "scenario.service.threads=10"]
LOCUST = "2.47.0"


class Stranger:
    """A process that speaks Locust's protocol to the master at a port, with a token or with none."""

    def __init__(self, port: int, token: str = "") -> None:
        self.name = "stranger"
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.identity = self.name.encode()
        if token:
            set_keys(self.socket, token, master=False)
        self.socket.connect(f"tcp://127.0.0.1:{port}")

    def says(self, kind: str, data: object = None) -> None:
        """Sends one message, if the master has admitted this process or has not yet decided."""
        with suppress(zmq.Again):
            self.socket.send(msgpack.dumps((kind, data, self.name)), zmq.NOBLOCK)

    def hears(self, within_s: float = 0.5) -> tuple[str, Any] | None:
        """The next message of the master: its kind and what it holds."""
        if not self.socket.poll(round(within_s * 1000)):
            return None
        kind, data, _ = msgpack.loads(self.socket.recv())
        return kind, data


def _port_of_the_master(run: subprocess.Popen[str]) -> int:
    """The port that the local workers of a run were told."""

    def look() -> int:
        children = psutil.Process(run.pid).children()
        lines = [line for child in children if (line := child.cmdline()) and line[-1].isdigit()]
        return int(lines[0][-1]) if lines else 0

    return until(look, "the run starts its workers")


@contextmanager
def _running(folder: Path, *arguments: str, token: str = "") -> Iterator[subprocess.Popen[str]]:
    environment = {**os.environ, TOKEN: token} if token else dict(os.environ)
    line = [str(SURGELINE), "run", "baseline", "-p", "careful", *SHORT, *arguments]
    with subprocess.Popen(
        line, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as run:
        yield run


@pytest.mark.timeout(120)
def test_a_process_without_the_token_gets_nothing_and_changes_nothing(runs: Path, tmp_path: Path) -> None:
    with _running(tmp_path, "--workers", "2") as run:
        port = _port_of_the_master(run)
        strangers = [Stranger(port), Stranger(port, new_token())]
        while run.poll() is None:
            for stranger in strangers:
                stranger.says("client_ready", LOCUST)
                stranger.says("surgeline-batch", {"calls": [["junk"]]})
                assert stranger.hears(0.2) is None
    record = find_run(runs, "latest")
    assert record.state == "complete"
    assert set(record.table("driver")["process"]) == {0, 1}


def _plays(port: int, token: str, ended: threading.Event) -> None:
    """Takes part in the run as a worker whose batches and reports cannot be read."""
    worker, beat_s = Stranger(port, token), 0.0
    worker.says("client_ready", LOCUST)
    while not ended.is_set():
        if monotonic() > beat_s:
            beat_s = monotonic() + 1.0
            worker.says("heartbeat", {"state": "ready", "current_cpu_usage": 0})
        match worker.hears(0.2):
            case ("surgeline-order", text):
                _answers(worker, json.loads(text))


def _answers(worker: Stranger, order: dict[str, Any]) -> None:
    if order["kind"] == "prepare":
        ready = {"kind": "ready", "metrics": [], "policy": order["policy"]}
        worker.says("surgeline-report", json.dumps(ready))
    if order["kind"] == "go":
        for junk in (None, 7, {"calls": [["junk"]]}, {"nothing": [[1]]}):
            worker.says("surgeline-batch", junk)
        for junk in (None, "{", '{"kind": "order"}', b"\xff"):
            worker.says("surgeline-report", junk)
        worker.says("surgeline-report", json.dumps({"kind": "done"}))


@pytest.mark.timeout(120)
def test_batches_and_reports_that_cannot_be_read_do_not_end_a_run(runs: Path, tmp_path: Path) -> None:
    port, token, ended = free_port(), new_token(), threading.Event()
    place = f"127.0.0.1:{port}"
    with _running(tmp_path, "--expect-workers", "2", "--bind", place, token=token) as run:
        line = [str(SURGELINE), "worker", "--master", place]
        worker = subprocess.Popen(line, cwd=tmp_path, env={**os.environ, TOKEN: token})
        player = threading.Thread(target=_plays, args=(port, token, ended))
        player.start()
        run.communicate(timeout=90)
        ended.set()
        player.join(10)
        assert worker.wait(30) == 0
    record = find_run(runs, "latest")
    noted = record.table("events").query("name == 'unreadable message'")["detail"]
    details = sorted(json.loads(detail)["detail"].split(" sent a ")[1] for detail in noted)
    assert details == ["batch that cannot be read", "report that cannot be read"]
    assert record.state == "complete"
    assert len(record.calls()) > 0


@pytest.mark.timeout(120)
def test_a_worker_refuses_an_order_beyond_its_limits_and_the_run_says_so(runs: Path, tmp_path: Path) -> None:
    place, token = f"127.0.0.1:{free_port()}", new_token()
    (tmp_path / "token").write_text(token)
    wanted = [
        "--set",
        'policy.session.headers.X-Api-Key="env:API_KEY"',
        "--expect-workers",
        "1",
        "--bind",
        place,
    ]
    with _running(tmp_path, *wanted, "--token-file", "token") as run:
        line = [str(SURGELINE), "worker", "--master", place, "--token-file", "token"]
        worker = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
        _, said = run.communicate(timeout=60)
    remedy = "to allow it, start this worker with --allow-secret env:API_KEY"
    refusal = f"worker: secret env:API_KEY is not allowed here; {remedy}"
    assert (run.returncode, worker.returncode) == (2, 2)
    assert refusal in said.splitlines()
    assert refusal in worker.stderr.splitlines()


@pytest.mark.timeout(120)
def test_a_run_on_loopback_makes_a_token_and_names_its_file(runs: Path, tmp_path: Path) -> None:
    place = f"127.0.0.1:{free_port()}"
    with _running(tmp_path, "--expect-workers", "1", "--bind", place) as run:
        assert run.stderr is not None
        command = next(line for line in run.stderr if "surgeline worker" in line).rpartition(
            "To start one: "
        )[2]
        worker = subprocess.run(
            [str(SURGELINE), *command.split()[1:]], cwd=tmp_path, capture_output=True, timeout=90, check=False
        )
        run.communicate(timeout=60)
    assert worker.returncode == 0
    record = find_run(runs, "latest")
    assert isinstance(record, Record)
    assert record.state == "complete"


def test_a_worker_process_without_a_token_ends_with_one_line() -> None:
    command = [sys.executable, "-P", "-m", "harness.drive", "127.0.0.1", "9"]
    environment = {name: value for name, value in os.environ.items() if name != TOKEN}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "SURGELINE_WORKER_TOKEN: is not set; a master and its workers need one token in common"
    ]
