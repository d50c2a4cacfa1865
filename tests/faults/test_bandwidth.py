"""The bandwidth fault."""

import time

import requests

from benchmarks.upstream_outcomes import digest_agrees
from tests.faults.conftest import Start
from tests.faults.wire_client import ask, assert_whole


def test_all_bytes_come_no_faster_than_the_line(start: Start) -> None:
    upstream = start({"kind": "bandwidth", "bytes_per_s": 20_000})
    began_s = time.monotonic()

    received = ask(upstream, b"GET /bytes/6000 HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")

    assert len(received.body) == 6000
    assert time.monotonic() - began_s >= 6000 / 20_000


def test_requests_returns_the_whole_body(start: Start, session: requests.Session) -> None:
    upstream = start({"kind": "bandwidth", "bytes_per_s": 50_000})

    assert digest_agrees(session.get(upstream.url + "/bytes/5000", timeout=1)) is True
    assert_whole(session, upstream)
