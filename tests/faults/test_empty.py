"""The empty fault."""

import pytest
import requests

from tests.faults.conftest import Start
from tests.faults.wire_client import ask, assert_whole


def test_there_is_a_fin_and_nothing_else(start: Start) -> None:
    received = ask(start({"kind": "empty"}))

    assert (received.data, received.end) == (b"", "fin")


def test_requests_raises_connection_error(start: Start, session: requests.Session) -> None:
    upstream = start({"kind": "empty"})

    with pytest.raises(requests.ConnectionError, match="RemoteDisconnected"):
        session.get(upstream.url + "/get", timeout=5)
    assert_whole(session, upstream)
