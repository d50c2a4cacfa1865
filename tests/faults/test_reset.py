"""The reset fault."""

import pytest
import requests

from tests.faults.conftest import Start
from tests.faults.wire_client import ask, assert_whole, rows


def test_before_the_answer_there_is_a_rst_and_nothing_else(start: Start) -> None:
    received = ask(start({"kind": "reset"}))

    assert (received.data, received.end) == (b"", "reset")


def test_in_the_headers_some_of_them_come_through(start: Start) -> None:
    received = ask(start({"kind": "reset", "when": "in_headers"}))

    assert received.data.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"\r\n\r\n" not in received.data
    assert received.end == "reset"


def test_in_the_body_exactly_k_bytes_of_it_come_through(start: Start) -> None:
    received = ask(start({"kind": "reset", "when": "in_body", "after_bytes": 20}))

    assert len(received.body) == 20
    assert received.end == "reset"


@pytest.mark.parametrize("when", ["before", "in_headers"])
def test_before_the_body_requests_raises_connection_error(
    start: Start, session: requests.Session, when: str
) -> None:
    upstream = start({"kind": "reset", "when": when})

    with pytest.raises(requests.ConnectionError, match="Connection reset by peer"):
        session.get(upstream.url + "/get", timeout=5)
    assert_whole(session, upstream)


def test_in_the_body_requests_raises_chunked_encoding_error(start: Start, session: requests.Session) -> None:
    upstream = start({"kind": "reset", "when": "in_body", "after_bytes": 20})

    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="Connection reset by peer"):
        session.get(upstream.url + "/get", timeout=5)
    assert_whole(session, upstream)


def test_the_work_was_done_although_the_answer_is_lost(start: Start, session: requests.Session) -> None:
    upstream = start({"kind": "reset", "method": "POST", "attempts": 1})
    headers = {"Idempotency-Key": "once", "X-Surgeline-Key": "1.1"}

    with pytest.raises(requests.ConnectionError):
        session.post(upstream.url + "/orders", json={}, headers=headers | {"X-Surgeline-Attempt": "0"})
    again = session.post(upstream.url + "/orders", json={}, headers=headers | {"X-Surgeline-Attempt": "1"})

    assert again.headers["Idempotent-Replayed"] == "true"
    told = [(row.fault, row.status, row.replay) for row in rows(upstream, 2)]
    assert told == [("reset", 0, False), ("", 201, True)]
