"""A policy that is replaced while a service sends calls by it, over real sockets."""

from __future__ import annotations

import gc
import json
import logging
import os
import threading
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest
import requests

import surgeline
from harness.lab.upstream_process import UpstreamProcess
from harness.model.errors import ConfigError
from harness.session.reload_counts import RELOADS
from harness.session.routing.live_policy import policy_of
from tests.load.served import upstream

POLICY = """
name = "orders"
[session]
trust_env = false
headers = {{ "X-Version" = "{version}" }}
[adapter]
pool_maxsize = {slots}
"""


@pytest.fixture(scope="module")
def served() -> Iterator[UpstreamProcess]:
    with upstream() as running:
        yield running


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "orders.toml"
    file.write_text(POLICY.format(version=1, slots=10))
    return file


def write(path: Path, text: str) -> None:
    draft = path.with_suffix(".draft")
    draft.write_text(text)
    draft.replace(path)


def until(condition: Callable[[], bool], call: Callable[[], object]) -> None:
    """Calls until something is so; a file is looked at when a call begins."""
    end_s = monotonic() + 20
    while not condition():
        assert monotonic() < end_s, "nothing happened within 20 s"
        call()
        sleep(0.01)


def test_a_changed_file_takes_effect_between_two_calls(served: UpstreamProcess, path: Path) -> None:
    with surgeline.session(path, reload=0.02) as session:
        assert session.get(served.url + "/headers").json()["headers"]["X-Version"] == "1"
        write(path, POLICY.format(version=2, slots=10))
        until(lambda: session.headers["X-Version"] == "2", lambda: session.get(served.url + "/get"))
        assert session.get(served.url + "/headers").json()["headers"]["X-Version"] == "2"


def test_without_reload_it_takes_none(served: UpstreamProcess, path: Path) -> None:
    with surgeline.session(path) as session:
        write(path, POLICY.format(version=2, slots=10))
        session.get(served.url + "/get")
        assert session.headers["X-Version"] == "1"


def test_a_bad_file_is_refused_in_one_line_and_counted(
    served: UpstreamProcess, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    refused = RELOADS.refused
    with surgeline.session(path, reload=0.02) as session, caplog.at_level(logging.WARNING, "surgeline"):
        watch = surgeline.instrument(session)
        metrics = surgeline.export(watch)
        write(path, "name = 'orders'\nretries = 3\n")
        until(lambda: RELOADS.refused > refused, lambda: session.get(served.url + "/get"))
        assert session.get(served.url + "/headers").json()["headers"]["X-Version"] == "1"
        with urllib.request.urlopen(f"http://127.0.0.1:{metrics.port}/metrics", timeout=5) as answer:
            text = answer.read().decode()
    (line,) = caplog.messages
    assert "the old one stays" in line
    assert "retries" in line
    assert (
        f'surgeline_policy_reloads_refused_total{{policy="service",scenario="production"}} {RELOADS.refused}'
        in text
    )


def test_a_factory_that_breaks_changes_nothing(
    served: UpstreamProcess, path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (path.parent / "team_http.py").write_text("def build():\n    raise RuntimeError('no vault')\n")
    monkeypatch.syspath_prepend(str(path.parent))
    refused = RELOADS.refused
    with surgeline.session(path, reload=0.02) as session, caplog.at_level(logging.WARNING, "surgeline"):
        write(path, 'name = "orders"\nfactory = "team_http:build"\n')
        until(lambda: RELOADS.refused > refused, lambda: session.get(served.url + "/get"))
        assert session.get(served.url + "/get").status_code == 200
    assert "no vault" in caplog.messages[0]


def test_no_call_is_lost_while_adapters_are_exchanged_and_old_connections_are_closed(
    served: UpstreamProcess, path: Path
) -> None:
    failed: list[Exception] = []
    taken, stop, done = RELOADS.taken, threading.Event(), [0]
    with surgeline.session(path, reload=0.01) as session:
        tracer = surgeline.instrument(session).tracer

        def send() -> None:
            while not stop.is_set():
                try:
                    assert session.get(served.url + "/get").status_code == 200
                    done[0] += 1
                except Exception as error:
                    failed.append(error)

        threads = [threading.Thread(target=send) for _ in range(8)]
        for thread in threads:
            thread.start()
        for version in range(2, 12):
            write(path, POLICY.format(version=version, slots=10) + f"\n[retry]\ntotal = {version}\n")
            until(lambda version=version: session.headers["X-Version"] == str(version), lambda: None)
        stop.set()
        for thread in threads:
            thread.join(20)
        assert not failed
        assert RELOADS.taken == taken + 10
        assert done[0] > 80
        (gauge,) = tracer.gauges.values()
        assert gauge.in_use == 0
        assert gauge.idle <= 8, "only the newest policy keeps connections"


def test_each_change_is_one_line_of_json_with_both_digests(
    served: UpstreamProcess, path: Path, tmp_path: Path
) -> None:
    log = tmp_path / "changes.jsonl"
    with surgeline.session(path, reload=0.01, audit=log) as session:
        write(path, POLICY.format(version=2, slots=12))
        until(log.exists, lambda: session.get(served.url + "/get"))
    (line,) = log.read_text().splitlines()
    change = json.loads(line)
    assert list(change) == sorted(change)
    assert change["changes"] == {"adapter.pool_maxsize": [10, 12], "session.headers.X-Version": ["1", "2"]}
    assert change["before"] != change["after"]
    assert change["process"] == os.getpid()


def test_a_changed_timeout_keeps_the_connections(served: UpstreamProcess, path: Path) -> None:
    with surgeline.session(path, reload=0.01) as session:
        tracer = surgeline.instrument(session).tracer
        session.get(served.url + "/get")
        write(path, POLICY.format(version=1, slots=10) + "\n[timeout]\nread_s = 7.0\n")
        until(
            lambda: (policy := policy_of(session)) is not None and policy.timeout.read_s == 7.0,
            lambda: session.get(served.url + "/get"),
        )
        session.get(served.url + "/get")
        (gauge,) = tracer.gauges.values()
        assert gauge.opened == 1


def test_a_forked_child_uses_no_connection_of_its_parent(served: UpstreamProcess, path: Path) -> None:
    with surgeline.session(path) as session:
        tracer = surgeline.instrument(session).tracer
        session.get(served.url + "/get")
        child = os.fork()
        if child == 0:
            try:
                opened = sum(gauge.opened for gauge in tracer.gauges.values())
                ok = session.get(served.url + "/get").status_code == 200
                fresh = sum(gauge.opened for gauge in tracer.gauges.values()) == opened + 1
                os._exit(0 if ok and fresh else 1)
            except BaseException:
                os._exit(2)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert session.get(served.url + "/get").status_code == 200
        (gauge,) = tracer.gauges.values()
        assert gauge.opened == 1, "the parent's connection still works"


def test_a_session_that_is_closed_keeps_no_connection(served: UpstreamProcess, path: Path) -> None:
    with surgeline.session(path) as session:
        tracer = surgeline.instrument(session).tracer
        session.get(served.url + "/get")
        (gauge,) = tracer.gauges.values()
        assert gauge.idle == 1
    assert gauge.idle == 0


def test_a_session_that_is_dropped_leaves_nothing_behind(served: UpstreamProcess, path: Path) -> None:
    gc.collect()
    gc.disable()
    try:
        session = surgeline.session(path, reload=True)
        tracer = surgeline.instrument(session).tracer
        session.get(served.url + "/get")
        del session
        assert sum(gauge.idle for gauge in tracer.gauges.values()) == 0
    finally:
        gc.enable()


def test_an_adapter_of_the_service_itself_is_used(served: UpstreamProcess, path: Path) -> None:
    sent: list[str] = []

    class Own(requests.adapters.HTTPAdapter):
        def send(
            self, request: requests.PreparedRequest, *args: object, **kwargs: object
        ) -> requests.Response:
            sent.append(str(request.url))
            return super().send(request, *args, **kwargs)  # type: ignore[arg-type]

    with surgeline.session(path) as session:
        session.mount(served.url + "/special", Own())
        session.get(served.url + "/get")
        session.get(served.url + "/special")
    assert sent == [served.url + "/special"]


def test_reload_of_what_is_no_file_is_refused() -> None:
    policy = surgeline.Policy.model_validate({"name": "in-code"})
    with pytest.raises(ConfigError, match="needs the path of a policy's file"):
        surgeline.session(policy, reload=True)
