"""A team's own session, by `factory`: on the wire it is, byte for byte, what it is without us."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urljoin

import pytest

from harness.inputs.overrides import read_overrides
from harness.inputs.scenarios import read_scenario
from harness.lab.plan import Plan
from harness.lab.run import run_plan
from harness.lab.upstream_process import UpstreamProcess
from harness.model.policy import Policy
from harness.record.schema import TABLES
from mock_upstream.config.toml import build
from tests.load.served import Served, upstream
from tests.load.team import build_session

FACTORY = {"factory": "tests.load.team:build_session"}
REQUESTS: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "/get?page=2", {}),
    ("POST", "/post", {"json": {"item": "A-1"}}),
    ("PUT", "/put", {"data": b"x" * 3000}),
    ("GET", "/redirect/2", {}),
    ("GET", "/get", {"headers": {"Accept": "text/plain"}}),
]
ANSWERS = [b"409 Conflict", b"503 Service Unavailable", b"200 OK"]
OURS = re.compile(rb"X-Surgeline-[A-Za-z]+: [^\r]*\r\n")
Send = Callable[[str, str, dict[str, Any]], object]


@contextmanager
def _recorder() -> Iterator[tuple[str, list[bytes]]]:
    """A peer that records all requests, and responds 409, 503 and 200 in turn."""
    received: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_listen, args=(listener, received))
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", received
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5.0)


def _listen(listener: socket.socket, received: list[bytes]) -> None:
    while True:
        try:
            conn, _ = listener.accept()
        except OSError:
            return
        with conn:
            while request := _request(conn):
                answer = ANSWERS[len(received) % len(ANSWERS)]
                received.append(request)
                conn.sendall(b"HTTP/1.1 " + answer + b"\r\nContent-Length: 2\r\n\r\nok")


def _request(conn: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        if not (piece := conn.recv(65536)):
            return b""
        data += piece
    length = re.search(rb"Content-Length: (\d+)", data)
    missing = int(length.group(1)) - len(data.partition(b"\r\n\r\n")[2]) if length else 0
    while missing > 0:
        piece = conn.recv(missing)
        data, missing = data + piece, missing - len(piece)
    return data


def _plainly(url: str) -> Send:
    session = build_session()
    return lambda method, path, kwargs: session.request(method, urljoin(url, path), **kwargs)


def _by_us(served: Any) -> Send:
    client = Served(served, **FACTORY)
    return lambda method, path, kwargs: client.call(method, path, **kwargs)


class _Addressed:
    """Stands in for an upstream of ours: an address is all that the client needs."""

    def __init__(self, url: str) -> None:
        self.url = url


def _bytes_heard(by: Callable[[str], Send]) -> list[bytes]:
    with _recorder() as (url, received):
        send = by(url)
        for method, path, kwargs in REQUESTS:
            send(method, path, kwargs)
        address = url.encode().removeprefix(b"http://")
        return [OURS.sub(b"", request).replace(address, b"HOST") for request in received]


def test_every_byte_is_the_same_but_for_our_two_headers() -> None:
    ours, theirs = _bytes_heard(lambda url: _by_us(_Addressed(url))), _bytes_heard(_plainly)
    assert len(theirs) == 15
    assert ours == theirs


def _ledger(by: Callable[[UpstreamProcess], Send]) -> list[tuple[Any, ...]]:
    with upstream({"kind": "status", "status": 503, "first": 3}, {"kind": "reset", "first": 1}) as served:
        send = by(served)
        for method, path, kwargs in REQUESTS:
            send(method, path, kwargs)
        served.settle()
        columns = served.served(0.0)
        assert columns is not None
        table = dict(zip(TABLES["served"].names, columns, strict=True))
        names = ("region", "method", "route", "connection", "nth", "fault", "status")
        return list(zip(*(table[name] for name in names), strict=True))


def test_the_ledger_has_the_same_rows_in_the_same_connections() -> None:
    ours, theirs = _ledger(_by_us), _ledger(lambda served: _plainly(served.url))
    assert len(theirs) > len(REQUESTS) + 4
    assert ours == theirs


def test_a_run_shows_what_the_objects_are(tmp_path_factory: pytest.TempPathFactory) -> None:
    written = read_scenario(
        "baseline", read_overrides(["scenario.arrivals.0.duration_s=1", "scenario.slo.warmup_s=0"])
    )
    policy = build(Policy, {"name": "theirs", **FACTORY}, "theirs.toml")
    record = run_plan(Plan(policy, written.scenario, written.upstream), tmp_path_factory.mktemp("runs"))
    seen = record.run.policy
    assert (seen.adapter.pool_maxsize, seen.timeout.read_s, seen.retry and seen.retry.total) == (3, 3.0, 4)
    assert (seen.read_back or {})["adapter"] == "tests.load.team.TeamAdapter"
    assert (seen.read_back or {})["retry"] == "tests.load.team.PatientRetry"
    assert (seen.read_back or {})["session"] == "tests.load.team.TeamSession"
    assert len(record.table("attempts")) == len(record.table("served"))
