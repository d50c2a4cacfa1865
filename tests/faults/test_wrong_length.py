"""The wrong_length fault."""

import pytest
import requests

from benchmarks.upstream_outcomes import digest_agrees
from tests.faults.conftest import Start
from tests.faults.wire_client import ask, assert_whole

_BYTES = b"GET /bytes/100 HTTP/1.1\r\nHost: test\r\n\r\n"


@pytest.mark.parametrize("by", [20, -20])
def test_the_promise_is_off_and_the_body_is_not(start: Start, by: int) -> None:
    received = ask(start({"kind": "wrong_length", "by": by}), _BYTES)

    assert b"\r\nContent-Length: %d\r\n" % (100 + by) in received.data
    assert len(received.body) == 100
    assert received.end == "fin"


def test_requests_raises_chunked_encoding_error_when_bytes_are_missing(
    start: Start, session: requests.Session
) -> None:
    upstream = start({"kind": "wrong_length", "by": 20})

    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="20 more expected"):
        session.get(upstream.url + "/bytes/100", timeout=5)
    assert_whole(session, upstream)


def test_requests_drops_what_is_too_much_and_only_the_digest_tells(
    start: Start, session: requests.Session
) -> None:
    upstream = start({"kind": "wrong_length", "by": -20})

    response = session.get(upstream.url + "/bytes/100", timeout=5)

    assert (response.status_code, len(response.content)) == (200, 80)
    assert digest_agrees(response) is False
    assert_whole(session, upstream)
