"""The refused fault."""

import socket
import time

import pytest
import requests

from mock_upstream.faults import RefusedFault
from tests.faults.conftest import Start
from tests.faults.wire_client import GET, address, assert_whole, dial, receive, rows, until


def test_connections_are_refused(start: Start) -> None:
    upstream = start({"kind": "refused"})

    with pytest.raises(ConnectionRefusedError):
        dial(upstream)


def test_open_connections_are_reset(start: Start) -> None:
    upstream = start(timeline=[{"at_s": 0.2, "fault": {"kind": "refused"}}])

    with dial(upstream) as sock:
        sock.sendall(GET)
        received = receive(sock, silence_s=2)

    assert received.data.startswith(b"HTTP/1.1 200 OK\r\n")
    assert received.end == "reset"


def test_exchanges_in_progress_are_recorded_as_ended_by_the_fault(start: Start) -> None:
    upstream = start()
    timeline, refused = upstream.upstream.timeline, RefusedFault(kind="refused")
    with dial(upstream) as sock:
        sock.sendall(b"GET /delay/0.2 HTTP/1.1\r\nHost: x\r\n\r\n")
        until(lambda: upstream.upstream.pool.workers.busy > 0)
        upstream.call(lambda: timeline.turn_on(refused, "test", upstream.now()))
        received = receive(sock)

    assert (received.data, received.end) == (b"", "reset")
    row = rows(upstream, 1)[0]
    assert (row.fault, row.client_gone, row.status) == ("refused", False, 0)
    assert row.service_s == pytest.approx(0.2)


def test_a_flapping_listener_comes_and_goes_on_the_same_port(start: Start) -> None:
    upstream = start({"kind": "refused", "on_s": 0.05, "off_s": 0.05})
    seen: list[bool] = []
    deadline_s = time.monotonic() + 10

    while len(seen) < 5 and time.monotonic() < deadline_s:
        with socket.socket() as sock:
            up = sock.connect_ex(address(upstream.url)) == 0
        if not seen or seen[-1] != up:
            seen.append(up)

    assert len(seen) == 5


def test_requests_raises_connection_error(start: Start, session: requests.Session) -> None:
    upstream = start({"kind": "refused"})

    with pytest.raises(requests.ConnectionError, match="Connection refused"):
        session.get(upstream.url + "/get", timeout=5)
    assert_whole(session, upstream)
