"""The bad_json fault."""

import pytest
import requests

from tests.faults.conftest import Start
from tests.faults.wire_client import ask, assert_whole


@pytest.mark.parametrize(
    ("how", "kind", "body"),
    [
        ("cut", b"application/json", b'{"id": 17, "items": [{"sku": "a-1", "quan'),
        ("html", b"text/html; charset=utf-8", b"<html>"),
        ("empty", b"application/json", b""),
    ],
)
def test_the_answer_is_200_and_no_json(start: Start, how: str, kind: bytes, body: bytes) -> None:
    received = ask(start({"kind": "bad_json", "how": how}))

    assert received.data.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"\r\nContent-Type: " + kind + b"\r\n" in received.data
    assert received.body.startswith(body)


@pytest.mark.parametrize("how", ["cut", "html", "empty"])
def test_requests_returns_it_and_json_raises(start: Start, session: requests.Session, how: str) -> None:
    upstream = start({"kind": "bad_json", "how": how})

    response = session.get(upstream.url + "/get", timeout=5)

    assert response.ok
    with pytest.raises(requests.exceptions.JSONDecodeError):
        response.json()
    assert_whole(session, upstream)
