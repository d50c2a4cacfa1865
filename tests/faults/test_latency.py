"""The latency fault."""

import time

import pytest
import requests

from tests.faults.conftest import Start
from tests.faults.wire_client import ask, assert_whole, rows


def test_the_answer_is_whole_and_not_early(start: Start) -> None:
    upstream = start({"kind": "latency", "add_s": 0.15})
    began_s = time.monotonic()

    received = ask(upstream, silence_s=0.5)

    assert received.data.startswith(b"HTTP/1.1 200 OK\r\n")
    assert time.monotonic() - began_s >= 0.15


def test_no_worker_is_busy_meanwhile(start: Start) -> None:
    upstream = start({"kind": "latency", "add_s": 0.05}, capacity={"workers": 1})

    ask(upstream)

    row = rows(upstream, 1)[0]
    assert (row.service_s, row.intended_delay_s) == (0.0, pytest.approx(0.05))


def test_an_answer_that_comes_too_late_was_worked_for(start: Start, session: requests.Session) -> None:
    upstream = start({"kind": "latency", "add_s": 5.0, "attempts": 1})
    headers = {"Idempotency-Key": "once", "X-Surgeline-Key": "1.1"}

    with pytest.raises(requests.ReadTimeout):
        session.post(upstream.url + "/orders", json={}, headers=headers, timeout=0.1)
    again = session.post(
        upstream.url + "/orders", json={}, headers=headers | {"X-Surgeline-Attempt": "1"}, timeout=5
    )

    assert again.headers["Idempotent-Replayed"] == "true"


def test_requests_raises_read_timeout(start: Start, session: requests.Session) -> None:
    upstream = start({"kind": "latency", "add_s": 5.0})

    with pytest.raises(requests.ReadTimeout):
        session.get(upstream.url + "/get", timeout=0.1)
    assert_whole(session, upstream)
