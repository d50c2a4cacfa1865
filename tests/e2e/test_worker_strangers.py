"""Processes without the run's token at the port of its workers: with another token, with junk, with a recording."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from harness.inputs.overrides import read_overrides
from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario
from harness.lab.plan import Plan
from harness.lab.run import run_plan
from harness.lab.worker_token import TOKEN, new_token
from harness.model.driver_messages import Listening
from harness.model.worker_limits import WorkerLimits
from harness.record.reader import Record, list_runs
from tests.e2e.servers import until
from tests.recording_relay import Relay

JUNK = (b"", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"\xff" * 5000, b"\x93\xa5stats\x80\xa8stranger")


def _plan(token: str) -> Plan:
    overrides = read_overrides(
        [
            "scenario.service.threads=10",
            "scenario.arrivals.0.rate_per_s=40",
            "scenario.arrivals.0.duration_s=4",
            "scenario.slo.warmup_s=1",
        ]
    )
    written = read_scenario("baseline", overrides)
    plan = Plan(read_policy("careful", overrides), written.scenario, written.upstream)
    return replace(plan, expect_workers=1, worker_token=token)


def _worker(port: int, token: str) -> subprocess.Popen[str]:
    limits = WorkerLimits(master="127.0.0.1", folder=os.getcwd()).model_dump_json()
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "harness.drive", "127.0.0.1", str(port), limits],
        env={**os.environ, TOKEN: token, "SURGELINE_STAY": "1"},
        stderr=subprocess.PIPE,
        text=True,
    )


def _send(port: int, data: bytes) -> None:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as stranger:
        stranger.sendall(data)


@pytest.mark.timeout(120)
def test_strangers_get_no_order_and_neither_end_nor_stall_a_run_which_counts_them_once(runs: Path) -> None:
    token, places, ended = new_token(), list[Listening](), list[Record]()
    run = threading.Thread(
        target=lambda: ended.append(run_plan(_plan(token), runs, announce=places.append)), daemon=True
    )
    run.start()
    until(lambda: places, "the run waits for its worker")
    port = places[0].port

    stranger = _worker(port, new_token())
    _, said = stranger.communicate(timeout=60)
    assert stranger.returncode == 2
    assert said.splitlines() == [
        f"--master: 127.0.0.1:{port} is no run with the same token; give both sides the same one"
    ]

    with Relay(port) as relay:
        worker = _worker(relay.port, token)
        until(lambda: list_runs(runs), "the run has begun")
        for data in (*JUNK, bytes(relay.sent)):
            _send(port, data)
        run.join(60)
        assert worker.wait(30) == 0

    (record,) = ended
    assert record.state == "complete"
    assert len(record.calls()) > 100
    noted = record.table("events").query("name == 'connections refused'")["detail"]
    assert len(noted) == 1
    refused = int(json.loads(noted.iloc[0])["detail"].split()[0])
    assert refused >= 3 + len(JUNK) + 1
