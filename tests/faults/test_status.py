"""The status fault."""

import requests

from tests.faults.conftest import Start
from tests.faults.wire_client import ask, assert_whole


def test_the_status_is_sent_with_retry_after_and_the_connection_stays(start: Start) -> None:
    received = ask(start({"kind": "status", "status": 503, "retry_after_s": 7}))

    assert received.data.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
    assert b"\r\nRetry-After: 7\r\n" in received.data
    assert received.end == "silence"


def test_requests_returns_it(start: Start, session: requests.Session) -> None:
    upstream = start({"kind": "status", "status": 418})

    assert session.get(upstream.url + "/get", timeout=5).status_code == 418
    assert_whole(session, upstream)
