"""A response that another library has read is one of requests to the journey."""

from __future__ import annotations

import pytest
import requests

from harness.session.client.whole_response import WholeResponse


def _response(status: int = 200, body: bytes = b'{"a": 1}') -> WholeResponse:
    headers = {"Content-Type": "application/json; charset=utf-8"}
    return WholeResponse(status, "OK", "http://a/x", headers, body, received_bytes=5)


def test_its_body_can_be_read_in_every_way() -> None:
    response = _response()
    assert response.json() == {"a": 1}
    assert b"".join(response.iter_content(3)) == response.content
    assert response.text == '{"a": 1}'
    with response:
        assert response.ok


def test_its_headers_have_no_case() -> None:
    assert _response().headers["content-type"].startswith("application/json")


def test_a_failure_raises_the_error_of_requests() -> None:
    with pytest.raises(requests.HTTPError, match="503"):
        _response(503).raise_for_status()


def test_it_counts_the_bytes_before_decoding() -> None:
    assert _response().tell() == 5
