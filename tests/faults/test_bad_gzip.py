"""The bad_gzip fault."""

import gzip
import zlib

import pytest
import requests

from benchmarks.upstream_outcomes import digest_agrees
from tests.faults.conftest import Start
from tests.faults.wire_client import ask, assert_whole


@pytest.mark.parametrize("how", ["corrupt", "truncated"])
def test_the_body_is_not_gzip(start: Start, how: str) -> None:
    received = ask(start({"kind": "bad_gzip", "how": how}))

    assert b"\r\nContent-Encoding: gzip\r\n" in received.data
    assert b"\r\nContent-Length: %d\r\n" % len(received.body) in received.data
    with pytest.raises((EOFError, OSError, zlib.error)):
        gzip.decompress(received.body)


def test_requests_raises_content_decoding_error_when_it_is_corrupt(
    start: Start, session: requests.Session
) -> None:
    upstream = start({"kind": "bad_gzip"})

    with pytest.raises(requests.exceptions.ContentDecodingError):
        session.get(upstream.url + "/get", timeout=5)
    assert_whole(session, upstream)


def test_requests_returns_part_of_the_body_when_it_is_truncated(
    start: Start, session: requests.Session
) -> None:
    upstream = start({"kind": "bad_gzip", "how": "truncated"})

    response = session.get(upstream.url + "/get", timeout=5)

    assert response.status_code == 200
    assert response.text.startswith('{"items": [0, 1, 4')
    assert not response.text.endswith("]}")
    assert digest_agrees(response) is False
    assert_whole(session, upstream)
