"""Details of httpbin's own responses; the expected values were read from httpbin 0.10.2."""

from collections.abc import Iterator

import pytest
import requests

from mock_upstream.embedded import EmbeddedUpstream
from mock_upstream.profile import Profile

_SEED_7 = bytes.fromhex("a54dca182530bb1d6d132cded6237b2e")
_ALPHABET = b"abcdefghijklmnopqrstuvwxyz"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with EmbeddedUpstream(Profile(name="like-httpbin")) as upstream:
        yield upstream.url


def _get(url: str, path: str, **headers: str) -> requests.Response:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return requests.get(url + path, headers=sent, timeout=5)


@pytest.mark.parametrize("path", ["/get", "/status/404", "/stream/2", "/nowhere", "/range/10"])
def test_a_response_allows_the_origin_of_its_request(url: str, path: str) -> None:
    headers = _get(url, path, Origin="http://shop.example").headers

    assert headers["Access-Control-Allow-Origin"] == "http://shop.example"
    assert headers["Access-Control-Allow-Credentials"] == "true"


def test_a_response_to_a_request_without_an_origin_allows_any(url: str) -> None:
    headers = _get(url, "/get").headers

    assert headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Methods" not in headers


def test_options_has_the_headers_of_a_preflight_request(url: str) -> None:
    headers = requests.options(url + "/get", headers={"Origin": "http://shop.example"}, timeout=5).headers

    assert headers["Access-Control-Allow-Origin"] == "http://shop.example"
    assert headers["Access-Control-Allow-Methods"] == "GET, POST, PUT, DELETE, PATCH, OPTIONS"
    assert headers["Access-Control-Max-Age"] == "3600"
    assert "Access-Control-Allow-Headers" not in headers


def test_options_allows_the_requested_headers(url: str) -> None:
    asked = {"Access-Control-Request-Headers": "X-One, X-Two"}

    headers = requests.options(url + "/anything", headers=asked, timeout=5).headers

    assert headers["Access-Control-Allow-Headers"] == "X-One, X-Two"


@pytest.mark.parametrize(
    ("asked", "status", "content_range", "body"),
    [
        (None, 200, "bytes 0-25/26", _ALPHABET),
        ("bytes=0-25", 200, "bytes 0-25/26", _ALPHABET),
        ("bytes=-99", 200, "bytes 0-25/26", _ALPHABET),
        ("bytes=x", 200, "bytes 0-25/26", _ALPHABET),
        ("items=0-1", 200, "bytes 0-25/26", _ALPHABET),
        ("bytes=0-9", 206, "bytes 0-9/26", b"abcdefghij"),
        ("bytes=20-", 206, "bytes 20-25/26", b"uvwxyz"),
        ("bytes=-5", 206, "bytes 21-25/26", b"vwxyz"),
        ("bytes=0-99", 416, "bytes */26", b""),
        ("bytes=26-", 416, "bytes */26", b""),
        ("bytes=5-2", 416, "bytes */26", b""),
        ("bytes=-0", 416, "bytes */26", b""),
    ],
)
def test_a_range_names_what_it_has_and_is_416_beyond_the_end(
    url: str, asked: str | None, status: int, content_range: str, body: bytes
) -> None:
    response = _get(url, "/range/26", **({"Range": asked} if asked else {}))

    assert (response.status_code, response.headers["Content-Range"]) == (status, content_range)
    assert response.content == body


@pytest.mark.parametrize("size", [0, 102_401])
def test_a_range_of_a_size_that_is_not_served_is_404(url: str, size: int) -> None:
    response = _get(url, f"/range/{size}")

    assert (response.status_code, response.headers["ETag"]) == (404, f"range{size}")


@pytest.mark.parametrize("numbytes", ["0", "-3", "", "x"])
def test_a_drip_of_no_bytes_is_400(url: str, numbytes: str) -> None:
    assert _get(url, f"/drip?numbytes={numbytes}&duration=0").status_code == 400


@pytest.mark.parametrize(
    "path", ["/bytes/16?seed=7", "/bytes/16?seed=-7", "/stream-bytes/16?seed=7&chunk_size=5"]
)
def test_bytes_with_a_seed_are_httpbins(url: str, path: str) -> None:
    assert _get(url, path).content == _SEED_7


def test_bytes_without_a_seed_differ(url: str) -> None:
    assert _get(url, "/bytes/16").content != _get(url, "/bytes/16").content


@pytest.mark.parametrize(
    "header",
    [{"X_Forwarded_Proto": "https"}, {"X_Forwarded_Protocol": "https"}, {"X_Forwarded_Ssl": "on"}],
)
def test_the_echoed_url_has_the_scheme_that_a_proxy_names(url: str, header: dict[str, str]) -> None:
    assert _get(url, "/anything?a=1", **header).json()["url"] == f"https:{url.partition(':')[2]}/anything?a=1"


@pytest.mark.parametrize(
    "path", ["/bytes/²", "/delay/nan", "/cache/²", "/redirect/²", "/token", "/download/²"]
)
def test_a_number_that_is_none_is_no_error_of_the_server(url: str, path: str) -> None:
    assert _get(url, path).status_code < 500
