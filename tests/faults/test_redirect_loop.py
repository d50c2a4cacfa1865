"""The redirect_loop fault."""

import pytest
import requests

from tests.faults.conftest import Start
from tests.faults.wire_client import ask, assert_whole


def test_elsewhere_is_here(start: Start) -> None:
    received = ask(start({"kind": "redirect_loop"}), b"GET /get?a=1 HTTP/1.1\r\nHost: test\r\n\r\n")

    assert received.data.startswith(b"HTTP/1.1 302 Found\r\n")
    assert b"\r\nLocation: /get?a=1\r\n" in received.data


def test_requests_raises_too_many_redirects(start: Start, session: requests.Session) -> None:
    upstream = start({"kind": "redirect_loop"})

    with pytest.raises(requests.TooManyRedirects):
        session.get(upstream.url + "/get", timeout=5)
    assert_whole(session, upstream)
