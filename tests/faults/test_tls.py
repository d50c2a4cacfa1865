"""The tls fault."""

import socket
import ssl

import pytest
import requests

from mock_upstream.embedded import EmbeddedUpstream
from tests.faults.conftest import Start
from tests.faults.wire_client import address, assert_whole, receive


def _client_hello() -> bytes:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.create_default_context()
    client = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


@pytest.mark.parametrize(
    ("how", "said", "end"),
    [
        ("alert", b"\x15\x03\x03\x00\x02\x02\x28", "fin"),
        ("close", b"", "fin"),
        ("reset", b"", "reset"),
        ("hang", b"", "silence"),
        ("plaintext", b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", "fin"),
    ],
)
def test_what_follows_the_client_hello(start: Start, how: str, said: bytes, end: str) -> None:
    upstream = start({"kind": "tls", "how": how}, tls={})
    with socket.create_connection(address(str(upstream.addresses["secure_url"])), timeout=5) as sock:
        sock.sendall(_client_hello())
        received = receive(sock, first_s=0.25 if end == "silence" else 5.0)

    assert (received.data, received.end) == (said, end)


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("expired", "certificate has expired"),
        ("untrusted", "unable to get local issuer certificate|self.signed"),
        ("wrong-host", "Hostname mismatch|doesn't match"),
        ("alert", "handshake failure"),
        ("close", "EOF"),
        ("plaintext", "wrong version number|record layer failure|HTTP_REQUEST|packet length"),
    ],
)
def test_requests_raises_ssl_error(start: Start, session: requests.Session, how: str, words: str) -> None:
    upstream = start({"kind": "tls", "how": how}, tls={})

    with pytest.raises(requests.exceptions.SSLError, match=words):
        _get(session, upstream)
    _assert_whole(session, upstream)


def test_requests_raises_connection_error_for_a_reset(start: Start, session: requests.Session) -> None:
    upstream = start({"kind": "tls", "how": "reset"}, tls={})

    with pytest.raises(requests.ConnectionError, match="Connection reset by peer"):
        _get(session, upstream)
    _assert_whole(session, upstream)


def test_a_hanging_handshake_is_a_read_timeout_ruled_by_the_connect_timeout(
    start: Start, session: requests.Session
) -> None:
    upstream = start({"kind": "tls", "how": "hang"}, tls={})

    with pytest.raises(requests.ReadTimeout, match=r"read timeout=0\.2"):
        _get(session, upstream, timeout=(0.2, 9))
    _assert_whole(session, upstream)


def test_a_slow_handshake_succeeds_in_the_end(start: Start, session: requests.Session) -> None:
    upstream = start({"kind": "tls", "how": "slow", "delay_s": 0.1}, tls={})

    assert _get(session, upstream).status_code == 200
    _assert_whole(session, upstream)


def test_a_good_certificate_is_trusted_with_our_authority_only(
    start: Start, session: requests.Session
) -> None:
    upstream = start(tls={})

    assert _get(session, upstream).json()["url"].startswith("https://localhost:")
    with pytest.raises(requests.exceptions.SSLError):
        session.get(str(upstream.addresses["secure_url"]), timeout=5, verify=True)
    _assert_whole(session, upstream)


def test_a_reset_under_tls_looks_like_an_early_end_to_requests(
    start: Start, session: requests.Session
) -> None:
    upstream = start({"kind": "reset", "when": "in_body", "after_bytes": 5}, tls={})

    with pytest.raises(requests.exceptions.ChunkedEncodingError, match=r"IncompleteRead|Connection reset"):
        _get(session, upstream)
    _assert_whole(session, upstream)


def _get(
    session: requests.Session, upstream: EmbeddedUpstream, timeout: float | tuple[float, float] = 5
) -> requests.Response:
    session.verify = str(upstream.addresses["ca"])
    return session.get(f"{upstream.addresses['secure_url']}/get", timeout=timeout)


def _assert_whole(session: requests.Session, upstream: EmbeddedUpstream) -> None:
    session.verify = str(upstream.addresses["ca"])
    assert_whole(session, upstream, str(upstream.addresses["secure_url"]))
