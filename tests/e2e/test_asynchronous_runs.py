"""Runs with an asynchronous client: beside gevent, over TLS, with foreign targets, and interrupted by Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import psutil
import pytest

from harness.record.call_store import CallStore
from harness.record.reader import Record, find_run
from tests.conftest import SURGELINE

JOURNEY = """
FOREIGN = "http://203.0.113.7/"


def call(thread):
    thread.client.get("/get", name="own")
    thread.client.get("/redirect/1", name="redirect")
    thread.client.get(FOREIGN, name="whole URL")
"""
SCENARIO = """
name = "beside-gevent"
upstream = "secure.toml"
journey = "beside_gevent:call"
arrivals = [{ rate_per_s = 20, duration_s = 3 }]

[service]
threads = 8

[slo]
warmup_s = 0
"""
UPSTREAM = """
name = "secure"
tls = {}
[[fault]]
kind = "status"
status = 503
ratio = 0.1
"""


@pytest.fixture(scope="module", params=["httpx-async", "aiohttp"])
def record(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Record:
    """A run by each asynchronous transport; the environment's proxies are looked up, which needs helper threads."""
    folder = tmp_path_factory.mktemp("asynchronous")
    (folder / "beside_gevent.py").write_text(JOURNEY)
    (folder / "beside-gevent.toml").write_text(SCENARIO)
    (folder / "secure.toml").write_text(UPSTREAM)
    (folder / "p.toml").write_text(f'name = "p"\ntransport = "{request.param}"\n')
    line = [str(SURGELINE), "run", "beside-gevent.toml", "-p", "p.toml"]
    variables = {**os.environ, "SURGELINE_RUNS": str(folder / "runs")}
    done = subprocess.run(
        line, cwd=folder, env=variables, capture_output=True, text=True, timeout=90, check=False
    )
    assert done.returncode in {0, 1, 3}, done.stderr
    assert "Traceback" not in done.stderr
    return find_run(folder / "runs", "latest")


def test_every_attempt_is_in_the_ledger(record: Record) -> None:
    attempts, served = record.table("attempts"), record.table("served")
    attempts = attempts[attempts["error"] != "target_refused"]
    attempts = attempts[attempts["status"] > 0]
    keys = attempts["arrival"].astype(str) + "." + attempts["step"].astype(str)
    sent = sorted(zip(keys, attempts["number"].astype(int), attempts["status"].astype(int), strict=True))
    assert len(sent) > 150
    got = zip(served["key"], served["attempt"].astype(int), served["status"].astype(int), strict=True)
    assert sent == sorted(got)


def test_a_foreign_host_is_refused(record: Record) -> None:
    calls = record.calls()
    assert set(calls[calls["route"] == "whole URL"]["outcome"]) == {"target_refused"}
    assert set(calls[calls["route"] == "own"]["outcome"]) <= {"ok", "http_5xx"}


def test_the_record_says_what_is_unknown(record: Record) -> None:
    attempts, pool = record.table("attempts"), record.table("pool")
    assert attempts[["stale", "discarded"]].isna().all(axis=None)
    assert pool[["stale", "discarded"]].isna().all(axis=None)
    assert attempts["tls_s"].isna().all() == (record.run.policy.transport == "aiohttp")
    found = CallStore(record.folder).call(0, 0)
    assert found is not None
    assert (found.call.attempts[0].tls_s is None) == (record.run.policy.transport == "aiohttp")
    assert pool.iloc[-1][["in_use", "waiting"]].tolist() == [0, 0]
    assert record.end is not None
    assert "connections.discarded" not in record.end.measurements
    assert record.end.measurements["connections.opened"].value > 0


@pytest.mark.parametrize("name", ["aiohttp", pytest.param("httpx-async", marks=pytest.mark.acceptance)])
def test_an_interrupted_run_ends_with_its_record(name: str, runs: Path) -> None:
    line = [str(SURGELINE), "run", "baseline", "-p", name, "--set", 'upstream.fault=[{kind="hang"}]']
    process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        for said in process.stderr or ():
            if "/s, p99" in said:
                break
        started = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    finally:
        process.kill()
    assert "Traceback" not in said
    assert process.returncode == 130
    _, alive = psutil.wait_procs(started, timeout=20)
    assert not alive
    record = find_run(runs, "latest")
    assert record.end is not None
    assert record.end.state == "interrupted"
