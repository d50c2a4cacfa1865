"""The silent_close fault."""

import requests

from tests.faults.conftest import Start
from tests.faults.heard import ask, assert_whole, until_closed


def test_the_answer_is_whole_and_promises_to_stay(start: Start) -> None:
    heard = ask(start({"kind": "silent_close"}))

    assert b"Connection: close" not in heard.data
    assert b"\r\nContent-Length: %d\r\n" % len(heard.body) in heard.data
    assert heard.end == "fin"


def test_requests_replaces_the_connection_in_silence(start: Start, session: requests.Session) -> None:
    upstream = start({"kind": "silent_close"})

    for _ in range(3):
        assert session.get(upstream.url + "/get", timeout=5).status_code == 200
        until_closed(upstream)

    assert upstream.upstream.regions[0].opened == 3
    assert_whole(session, upstream)
