"""The hang fault."""

import pytest
import requests

from tests.faults.conftest import Start
from tests.faults.wire_client import ask, assert_whole


def test_before_the_response_nothing_is_received(start: Start) -> None:
    received = ask(start({"kind": "hang"}), first_s=0.25)

    assert (received.data, received.end) == (b"", "silence")


def test_in_the_body_its_beginning_is_received(start: Start) -> None:
    received = ask(start({"kind": "hang", "when": "in_body", "after_bytes": 20}))

    assert len(received.body) == 20
    assert received.end == "silence"


@pytest.mark.parametrize("when", ["before", "in_headers"])
def test_before_the_body_requests_raises_read_timeout(
    start: Start, session: requests.Session, when: str
) -> None:
    upstream = start({"kind": "hang", "when": when})

    with pytest.raises(requests.ReadTimeout):
        session.get(upstream.url + "/get", timeout=0.1)
    assert_whole(session, upstream)


def test_in_the_body_requests_raises_connection_error(start: Start, session: requests.Session) -> None:
    upstream = start({"kind": "hang", "when": "in_body", "after_bytes": 20})

    with pytest.raises(requests.ConnectionError, match="Read timed out") as caught:
        session.get(upstream.url + "/get", timeout=0.1)
    assert not isinstance(caught.value, requests.Timeout)
    assert_whole(session, upstream)
