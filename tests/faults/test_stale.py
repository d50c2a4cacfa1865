"""The stale fault."""

import pytest
import requests

from tests.faults.conftest import Start
from tests.faults.wire_client import GET, assert_whole, dial, receive


def test_the_connection_is_open_until_it_is_used(start: Start) -> None:
    with dial(start({"kind": "stale"})) as sock:
        sock.sendall(GET)
        first = receive(sock)
        sock.sendall(b"G")
        second = receive(sock)

    assert first.data.startswith(b"HTTP/1.1 200 OK\r\n")
    assert first.end == "silence"
    assert (second.data, second.end) == (b"", "fin")


def test_requests_raises_connection_error_on_the_second_request(
    start: Start, session: requests.Session
) -> None:
    upstream = start({"kind": "stale"})

    assert session.get(upstream.url + "/get", timeout=5).ok
    with pytest.raises(requests.ConnectionError, match=r"RemoteDisconnected|Connection reset"):
        session.get(upstream.url + "/get", timeout=5)
    assert_whole(session, upstream)
