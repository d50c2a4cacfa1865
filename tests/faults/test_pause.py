"""The pause fault."""

import threading

import pytest
import requests

from tests.faults.conftest import Start
from tests.faults.wire_client import ask, assert_whole


def test_no_response_is_sent_during_the_pause(start: Start) -> None:
    received = ask(start({"kind": "pause"}), first_s=0.25)

    assert received.data == b""
    assert received.end == "silence"


def test_who_waited_is_served_when_it_ends(start: Start) -> None:
    upstream = start({"kind": "pause", "ttl_s": 0.2}, capacity={"workers": 1})
    received: list[bytes] = []
    clients = [
        threading.Thread(target=lambda: received.append(ask(upstream, silence_s=1.0).data)) for _ in range(3)
    ]

    for client in clients:
        client.start()
    for client in clients:
        client.join(timeout=10)

    assert [data[:15] for data in received] == [b"HTTP/1.1 200 OK"] * 3


def test_requests_raises_read_timeout(start: Start, session: requests.Session) -> None:
    upstream = start({"kind": "pause"})

    with pytest.raises(requests.ReadTimeout):
        session.get(upstream.url + "/get", timeout=0.1)
    assert_whole(session, upstream)
