"""The loss fault."""

import time

import pytest
import requests

from benchmarks.upstream_outcomes import digest_agrees
from tests.faults.conftest import Start
from tests.faults.wire_client import ask, assert_whole


def test_all_bytes_come_after_a_stall(start: Start) -> None:
    upstream = start({"kind": "loss", "stall_s": 0.1})
    began_s = time.monotonic()

    received = ask(upstream, b"GET /bytes/100 HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")

    assert len(received.body) == 100
    assert time.monotonic() - began_s >= 0.1


def test_requests_returns_the_whole_body(start: Start, session: requests.Session) -> None:
    upstream = start({"kind": "loss", "stall_s": 0.05})

    assert digest_agrees(session.get(upstream.url + "/bytes/5000", timeout=1)) is True
    assert_whole(session, upstream)


def test_requests_raises_a_timeout_when_the_stall_is_longer(start: Start, session: requests.Session) -> None:
    upstream = start({"kind": "loss", "stall_s": 5.0})

    with pytest.raises((requests.ReadTimeout, requests.ConnectionError), match="Read timed out"):
        session.get(upstream.url + "/get", timeout=0.1)
    assert_whole(session, upstream)
