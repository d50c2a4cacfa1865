"""Runs of a real service: its inbound calls are the record's calls, and every attempt belongs to one of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from harness.record.reader import Record, list_runs
from tests.e2e.started_service import recorded, scenario_file, wire

GUNICORN = ["{python}", "-m", "gunicorn", "every_way:app", "--bind", "{bind}"]
UVICORN = ["{python}", "-m", "uvicorn", "--host", "{host}", "--port", "{port}"]
SERVERS = {
    "gunicorn sync": [*GUNICORN, "--workers", "8"],
    "gunicorn gthread": [*GUNICORN, "--worker-class", "gthread", "--threads", "{threads}"],
    "gunicorn gevent": [*GUNICORN, "--worker-class", "gevent"],
    "gunicorn, preloaded and prefork": [*GUNICORN, "--workers", "2", "--threads", "8", "--preload"],
    "gunicorn, restarted after 20 requests": [*GUNICORN, "--workers", "4", "--max-requests", "20", "--threads", "2"],
    "waitress": ["{python}", "-m", "waitress", "--listen", "{bind}", "--threads", "{threads}", "every_way:app"],
    "uvicorn": [*UVICORN, "thread_pool:app"],
    "uvicorn, two processes": [*UVICORN, "--workers", "2", "thread_pool:app"],
    "gunicorn with uvicorn": [
        "{python}", "-m", "gunicorn", "thread_pool:app", "--bind", "{bind}", "-k", "uvicorn.workers.UvicornWorker",
    ],
}  # fmt: skip


def joined_completely(record: Record) -> None:
    """Every call is good, and has the attempts that it caused; the upstream has seen the same ones."""
    calls, attempts = record.calls(), record.table("attempts")
    assert set(calls["outcome"]) == {"ok"}
    assert dict(calls.groupby("route")["attempts"].agg(["min", "max"]).T.to_dict("list")) == {
        "/alone": [1, 1],
        "/own": [1, 1],
        "/shared": [1, 1],
        "/streamed": [2, 2],
    }
    assert (attempts["arrival"] >= 0).all()
    of_client, of_upstream = wire(record)
    assert of_client.tolist() == of_upstream.tolist()


def test_every_request_of_a_service_belongs_to_the_call_that_caused_it(runs: Path, tmp_path: Path) -> None:
    record = recorded(runs, scenario_file(tmp_path, SERVERS["gunicorn gthread"]))
    joined_completely(record)
    events = record.table("events")
    assert "attempts without a call" not in set(events["name"])
    assert not [p for p in psutil.process_iter(["environ"]) if (p.info["environ"] or {}).get("API")]


@pytest.mark.acceptance
@pytest.mark.parametrize("server", SERVERS)
def test_the_attempts_are_complete_under_every_server(runs: Path, tmp_path: Path, server: str) -> None:
    joined_completely(recorded(runs, scenario_file(tmp_path, SERVERS[server])))


@pytest.mark.acceptance
def test_requests_of_a_thread_of_the_service_s_own_are_reported_as_such(runs: Path, tmp_path: Path) -> None:
    record = recorded(runs, scenario_file(tmp_path, SERVERS["waitress"], "in_a_thread"))
    calls, attempts, events = record.calls(), record.table("attempts"), record.table("events")
    assert set(calls["attempts"]) == {0}
    assert len(attempts) == len(calls)
    assert set(attempts["arrival"]) == {-1}
    detail = f'{{"detail": "{len(calls)} attempts belong to no inbound call"}}'
    assert detail in set(events["detail"])


@pytest.mark.acceptance
def test_a_declared_policy_replaces_the_service_s_adapters_and_timeouts(runs: Path, tmp_path: Path) -> None:
    file = scenario_file(tmp_path, SERVERS["gunicorn gthread"], rate_per_s=5.0)
    text = file.read_text() + '[[timeline]]\nat_s = 0\nfault = { kind = "latency", add_s = 1.0 }\n'
    file.write_text(text)
    record = recorded(runs, file, "careful")
    assert set(record.table("attempts")["error"]) == {"read_timeout"}
    assert set(record.calls()["attempts"]) == {2}
    assert sys.executable


@pytest.mark.acceptance
@pytest.mark.parametrize("policy", ["as-is", "careful"])
def test_a_lever_reaches_every_process_of_the_service(runs: Path, tmp_path: Path, policy: str) -> None:
    file = scenario_file(tmp_path, [*GUNICORN, "--workers", "2", "--threads", "4"], duration_s=6.0)
    file.write_text(file.read_text() + '[[timeline]]\nat_s = 3\nlever = "breaker"\nstate = "open"\n')
    record = recorded(runs, file, policy)
    (event,) = record.table("events").query("kind == 'lever'").to_dict("records")
    assert '"acknowledged": 2, "processes": 2' in event["detail"]
    later = record.calls().query(f"scheduled_s > {event['at_s'] + 0.2}")
    assert len(later) > 20
    assert not set(later["outcome"]) & {"ok", "cancelled"}
    assert set(later["attempts"]) == {0}


@pytest.mark.acceptance
@pytest.mark.alone
def test_a_handler_that_burns_its_processor_time_is_named_and_not_the_policy(
    runs: Path, tmp_path: Path
) -> None:
    """40 calls a second of 30 ms each need 1.2 cores, and a process has one."""
    command = [*GUNICORN[:3], "burning:app", *GUNICORN[4:], "--worker-class", "gthread", "--threads", "8"]
    file = scenario_file(tmp_path, command, "one_call", rate_per_s=40.0, duration_s=8.0)
    file.write_text(file.read_text().replace("ratio(error) < 1%", "p99(latency) < 200ms"))
    record = recorded(runs, file)
    assert record.end is not None
    assert record.end.verdict.kind == "fail"
    assert record.end.verdict.reasons[0].startswith("cpu-bound before the dependency")
    samples = record.table("service")
    assert samples.groupby("at_s")["cpu_ratio"].max().mean() > 0.9
    assert (samples["rss_bytes"] > 1 << 20).all()


@pytest.mark.acceptance
def test_two_builds_of_a_service_are_compared_as_policies_are(runs: Path, tmp_path: Path) -> None:
    """The new build computes for 30 ms longer; both have the same arrivals."""
    file = scenario_file(tmp_path, GUNICORN, "one_call", rate_per_s=10.0, duration_s=12.0)
    start = "{python} -m gunicorn %s:app --bind {bind} --worker-class gthread --threads 8"
    builds = [f"--service=OLD={start % 'every_way'}", f"--service=new={start % 'burning'}"]
    command = [sys.executable, "-m", "surgeline", "compare", str(file), *builds, "--json"]
    environment = {**os.environ, "SURGELINE_RUNS": str(runs)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    found = json.loads(done.stdout)
    assert found["policies"] == ["old", "new"]
    slower = next(delta for delta in found["deltas"] if delta["measurement"] == "latency.p50")
    assert (slower["policy_a"], slower["policy_b"]) == ("old", "new")
    assert slower["b"] > slower["a"] + 0.02
    old, new = sorted((record for record in list_runs(runs)), key=lambda record: record.run.policy.name)[::-1]
    assert old.run.scenario.service.command != new.run.scenario.service.command
    assert sorted(old.calls()["scheduled_s"]) == sorted(new.calls()["scheduled_s"])
