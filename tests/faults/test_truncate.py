"""The truncate fault."""

import pytest
import requests

from tests.faults.conftest import Start
from tests.faults.wire_client import ask, assert_whole


def test_the_body_ends_early_with_a_fin(start: Start) -> None:
    received = ask(start({"kind": "truncate", "after_bytes": 20}))

    assert len(received.body) == 20
    assert b"\r\nContent-Length: 20\r\n" not in received.data
    assert received.end == "fin"


def test_requests_raises_chunked_encoding_error(start: Start, session: requests.Session) -> None:
    upstream = start({"kind": "truncate", "after_bytes": 20})

    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        session.get(upstream.url + "/get", timeout=5)
    assert_whole(session, upstream)


def test_a_stream_is_cut_at_the_same_place(start: Start) -> None:
    upstream = start({"kind": "truncate", "after_bytes": 300})

    received = ask(upstream, b"GET /stream/20 HTTP/1.1\r\nHost: test\r\n\r\n")

    assert len(received.body) == 300
    assert received.end == "fin"
