"""The malformed fault, in its ten ways."""

import pytest
import requests
from requests.exceptions import ChunkedEncodingError, InvalidHeader

from tests.faults.conftest import Start
from tests.faults.wire_client import ask, assert_whole


@pytest.mark.parametrize(
    ("how", "bytes_sent"),
    [
        ("status_line", b"HTTP/1.1 OKAY\r\n"),
        ("version", b"HTTQ/9.z 200 OK\r\n"),
        ("garbage", bytes([89, 240, 135])),
        ("no_colon", b"\r\nthis line is no header\r\n"),
        ("two_lengths", b"\r\nContent-Length: 7\r\n"),
        ("huge_header", b"\r\nX-Huge: " + b"x" * 100_000 + b"\r\n"),
        ("many_headers", b"\r\nX-Many-149: 149\r\n"),
        ("chunk_size", b"\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        ("missing_last_chunk", b"\r\nTransfer-Encoding: chunked\r\n\r\n"),
        ("surprise_continue", b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"),
    ],
)
def test_the_malformed_bytes_are_sent(start: Start, how: str, bytes_sent: bytes) -> None:
    received = ask(start({"kind": "malformed", "how": how}))

    assert bytes_sent in received.data
    assert received.end == "fin"
    assert how != "missing_last_chunk" or not received.data.endswith(b"0\r\n\r\n")


@pytest.mark.parametrize(
    ("how", "raised", "words"),
    [
        ("status_line", requests.ConnectionError, "OKAY"),
        ("version", requests.ConnectionError, "BadStatusLine"),
        ("garbage", requests.ConnectionError, "BadStatusLine"),
        ("two_lengths", InvalidHeader, "multiple unmatching values"),
        ("huge_header", requests.ConnectionError, "got more than 65536 bytes"),
        ("many_headers", requests.ConnectionError, "got more than 100 headers"),
        ("chunk_size", ChunkedEncodingError, "InvalidChunkLength"),
        ("missing_last_chunk", ChunkedEncodingError, "Response ended prematurely|InvalidChunkLength"),
    ],
)
def test_requests_raises(
    start: Start, session: requests.Session, how: str, raised: type[Exception], words: str
) -> None:
    upstream = start({"kind": "malformed", "how": how})

    with pytest.raises(raised, match=words) as caught:
        session.get(upstream.url + "/get", timeout=5)
    assert type(caught.value) is raised
    assert_whole(session, upstream)


@pytest.mark.parametrize("how", ["no_colon", "surprise_continue"])
def test_requests_notices_nothing(start: Start, session: requests.Session, how: str) -> None:
    upstream = start({"kind": "malformed", "how": how})

    assert session.get(upstream.url + "/get", timeout=5).json()["url"] == upstream.url + "/get"
    assert_whole(session, upstream)
