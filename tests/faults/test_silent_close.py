"""The silent_close fault."""

import requests

from tests.faults.conftest import Start
from tests.faults.wire_client import ask, assert_whole, until_closed


def test_the_answer_is_whole_and_promises_to_stay(start: Start) -> None:
    received = ask(start({"kind": "silent_close"}))

    assert b"Connection: close" not in received.data
    assert b"\r\nContent-Length: %d\r\n" % len(received.body) in received.data
    assert received.end == "fin"


def test_requests_replaces_the_connection_in_silence(start: Start, session: requests.Session) -> None:
    upstream = start({"kind": "silent_close"})

    for _ in range(3):
        assert session.get(upstream.url + "/get", timeout=5).status_code == 200
        until_closed(upstream)

    assert upstream.upstream.regions[0].opened == 3
    assert_whole(session, upstream)
