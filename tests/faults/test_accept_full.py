"""The accept_full fault."""

import socket
import sys

import pytest
import requests

from tests.faults.conftest import Start
from tests.faults.wire_client import assert_whole, dial

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux: others refuse where it drops")


def test_a_connection_is_neither_accepted_nor_refused(start: Start) -> None:
    upstream = start()
    listener = upstream.upstream.listeners[0][1]
    upstream.call(listener.saturate_backlog)

    with pytest.raises(TimeoutError):
        socket.create_connection(("127.0.0.1", listener.port), timeout=0.2)

    upstream.call(listener.reopen)
    dial(upstream).close()


def test_requests_raises_connect_timeout(start: Start, session: requests.Session) -> None:
    upstream = start({"kind": "accept_full"})

    with pytest.raises(requests.ConnectTimeout):
        session.get(upstream.url + "/get", timeout=(0.2, 5))
    assert_whole(session, upstream)
