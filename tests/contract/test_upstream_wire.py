"""HTTP's edges, and what comes in that isn't HTTP at all."""

import os
import random
import re
import socket
import time
from collections.abc import Iterator

import pytest

from mock_upstream.config.toml import build
from mock_upstream.embedded import EmbeddedUpstream
from mock_upstream.endpoints.router import Endpoint
from mock_upstream.http.request import Request
from mock_upstream.http.response import Response
from mock_upstream.profile import Profile
from tests.faults.wire_client import GET, address, ask, dial, receive, rows, until_closed

_CLOSE = b"GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


@pytest.fixture(scope="module")
def upstream() -> Iterator[EmbeddedUpstream]:
    limits = {"head_bytes": 16_384, "body_bytes": 100_000, "head_s": 0.2}
    with EmbeddedUpstream(build(Profile, {"name": "wire", "limits": limits}, "test")) as running:
        yield running


@pytest.fixture(autouse=True)
def _still_whole(upstream: EmbeddedUpstream) -> Iterator[None]:
    """After each test no connection is left, and the upstream still serves."""
    yield
    until_closed(upstream)
    assert ask(upstream, _CLOSE).data.endswith(b"hello\n")


def test_pipelined_requests_are_answered_in_order(upstream: EmbeddedUpstream) -> None:
    asked = [b"/delay/0.1", b"/status/201", b"/delay/0.05", b"/status/202", b"/status/404"]
    with dial(upstream) as sock:
        sock.sendall(b"".join(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % target for target in asked))
        received = receive(sock)

    statuses = re.findall(rb"HTTP/1\.1 (\d+)", received.data)
    assert statuses == [b"200", b"201", b"200", b"202", b"404"]


def test_thousands_of_pipelined_requests_are_all_answered(upstream: EmbeddedUpstream) -> None:
    one = b"GET /status/204 HTTP/1.1\r\nHost: x\r\n\r\n"
    with dial(upstream) as sock:
        sock.sendall(b"GET /delay/0.05 HTTP/1.1\r\nHost: x\r\n\r\n" + one * 3000 + _CLOSE)
        received = receive(sock, silence_s=5)

    assert received.data.count(b"HTTP/1.1 204 ") == 3000
    assert received.end == "fin"


def test_head_has_the_headers_of_get_and_no_body(upstream: EmbeddedUpstream) -> None:
    get, head = (
        ask(upstream, b"%s /range/50 HTTP/1.1\r\nHost: x\r\n\r\n" % method) for method in (b"GET", b"HEAD")
    )

    assert head.head.split(b"Date:")[0] == get.head.split(b"Date:")[0]
    assert b"Content-Length: 50" in head.data
    assert (len(get.body), len(head.body)) == (50, 0)


def test_expect_continue_is_met_before_the_body_is_sent(upstream: EmbeddedUpstream) -> None:
    with dial(upstream) as sock:
        sock.sendall(b"POST /post HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
        interim = receive(sock)
        sock.sendall(b"abc")
        final = receive(sock)

    assert interim.data == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert b'"data":"abc"' in final.data


def test_a_chunked_request_body_is_put_together(upstream: EmbeddedUpstream) -> None:
    head = b"POST /post HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"

    received = ask(upstream, head + b"3\r\nabc\r\n4;ext=1\r\ndefg\r\n0\r\nX-Trailer: t\r\n\r\n")

    assert b'"data":"abcdefg"' in received.data


def test_a_request_in_single_bytes_is_understood(upstream: EmbeddedUpstream) -> None:
    with dial(upstream) as sock:
        for byte in GET:
            sock.sendall(bytes([byte]))
        received = receive(sock)

    assert received.data.startswith(b"HTTP/1.1 200 OK")


def test_http_1_0_closes_without_keep_alive(upstream: EmbeddedUpstream) -> None:
    closing = ask(upstream, b"GET /hello HTTP/1.0\r\n\r\n")
    staying = ask(upstream, b"GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")

    assert (closing.end, staying.end) == ("fin", "silence")
    assert b"\r\nConnection: keep-alive" in staying.head


def test_a_stream_to_http_1_0_is_not_chunked_and_ends_with_the_connection(upstream: EmbeddedUpstream) -> None:
    received = ask(upstream, b"GET /stream/2 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")

    assert b"chunked" not in received.head
    assert received.body.count(b"\n") == 2
    assert received.end == "fin"


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"400"),
        (b"GARBAGE\r\n\r\n", b"400"),
        (b"GET /hello HTTP/9.9\r\n\r\n", b"400"),
        (b"GET /hello HTTP/1.1\r\nContent-Length: -5\r\n\r\n", b"400"),
        (b"GET /hello HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", b"400"),
        (b"GET /hello HTTP/1.1\r\nHost: x\r\nX-Big: " + b"a" * 1_000_000, b"431"),
        (b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n", b"431"),
        (b"POST /post HTTP/1.1\r\nHost: x\r\nContent-Length: 100001\r\n\r\n", b"413"),
        (
            b"POST /post HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n20000\r\n" + b"a" * 0x20000,
            b"413",
        ),
        (b"GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", b"404"),
        (b"PUT /get HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", b"405"),
    ],
)
def test_what_cannot_be_served_gets_its_4xx_and_a_closed_connection(
    upstream: EmbeddedUpstream, request_bytes: bytes, status: bytes
) -> None:
    with dial(upstream) as sock:
        try:
            sock.sendall(request_bytes)
            received = receive(sock)
        except (ConnectionResetError, BrokenPipeError):
            return  # it closed with our bytes unread, and the RST overtook the answer

    assert received.data[:13] in (b"HTTP/1.1 " + status + b" ", b"")
    assert received.end in ("fin", "reset")


def test_a_request_to_change_the_protocol_is_answered_and_that_is_it(upstream: EmbeddedUpstream) -> None:
    received = ask(
        upstream, b"GET /hello HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    )

    assert received.data.startswith(b"HTTP/1.1 200 OK")
    assert received.end == "fin"


def test_echoed_text_cannot_add_a_header(upstream: EmbeddedUpstream) -> None:
    received = ask(upstream, b"GET /etag/x%0d%0aSet-Cookie:%20a=b HTTP/1.1\r\nHost: x\r\n\r\n")

    assert b"\r\nETag: xSet-Cookie: a=b\r\n" in received.data


def test_a_bug_in_an_endpoint_is_a_500_and_the_connection_stays(
    upstream: EmbeddedUpstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(request: Request) -> Response:
        raise KeyError(request.path)

    router = upstream.upstream.regions[0].router
    with monkeypatch.context() as patch:
        patch.setattr(router, "find", lambda request: Endpoint("GET", "/broken", broken))
        received = ask(upstream)

    assert received.data.startswith(b"HTTP/1.1 500 Internal Server Error")
    assert received.end == "silence"


def test_random_bytes_do_not_affect_other_connections(upstream: EmbeddedUpstream) -> None:
    rng = random.Random(11)
    with dial(upstream) as bystander:
        for _ in range(200):
            noise = rng.randbytes(rng.randrange(1, 400))
            start = GET[: rng.randrange(len(GET))] if rng.random() < 0.5 else b""
            with dial(upstream) as sock:
                sock.sendall(start + noise)
        bystander.sendall(_CLOSE)

        assert receive(bystander).data.endswith(b"hello\n")


def test_half_a_request_is_cut_off_in_time(upstream: EmbeddedUpstream) -> None:
    with dial(upstream) as sock:
        sock.sendall(b"GET /hello HTTP/1.1\r\nHost:")
        began_s = time.monotonic()
        received = receive(sock, silence_s=5)

    assert received.data.startswith(b"HTTP/1.1 408 ")
    assert received.end == "fin"
    assert time.monotonic() - began_s < 4


def test_a_slow_drip_of_headers_is_cut_off_too(upstream: EmbeddedUpstream) -> None:
    with dial(upstream) as sock:
        sock.sendall(b"GET /hello HTTP/1.1\r\n")
        sock.settimeout(0.1)
        data, deadline_s = b"", time.monotonic() + 5
        while not data and time.monotonic() < deadline_s:
            sock.sendall(b"X: y\r\n")
            try:
                data = sock.recv(1000)
            except TimeoutError:
                continue

    assert data.startswith(b"HTTP/1.1 408 ")


def test_a_thousand_idle_connections_leave_no_descriptor_behind(upstream: EmbeddedUpstream) -> None:
    before = len(os.listdir("/proc/self/fd"))
    idle = [socket.create_connection(address(upstream.url), timeout=5) for _ in range(1000)]

    assert ask(upstream, _CLOSE).data.endswith(b"hello\n")
    for sock in idle:
        sock.close()
    until_closed(upstream)

    assert len(os.listdir("/proc/self/fd")) <= before + 2


def test_a_client_that_disconnects_while_waiting_is_recorded_so(upstream: EmbeddedUpstream) -> None:
    seen = upstream.upstream.ledger.next
    with dial(upstream) as sock:
        sock.sendall(b"GET /delay/0.2 HTTP/1.1\r\nHost: x\r\nX-Surgeline-Key: gone.1\r\n\r\n")
        sock.shutdown(socket.SHUT_WR)

    row = rows(upstream, 1, after=seen)[0]
    assert (row.key, row.client_gone, row.status) == ("gone.1", True, 0)
    assert row.service_s == pytest.approx(0.2)


def test_a_client_that_does_not_read_stops_the_upstream_from_writing(upstream: EmbeddedUpstream) -> None:
    with dial(upstream) as sock:
        sock.sendall(b"GET /download/50000000 HTTP/1.1\r\nHost: x\r\n\r\n")
        first = sock.recv(1000)
        deadline_s = time.monotonic() + 30
        connection = next(iter(upstream.upstream.regions[0].connections))
        while not connection.choked and time.monotonic() < deadline_s:
            time.sleep(0.01)
        written = connection.exchange.written if connection.exchange else 0

    assert first.startswith(b"HTTP/1.1 200 OK")
    assert 0 < written < 20_000_000


@pytest.mark.parametrize("token", [b"\xc3\xa9", b"a", b"dTpx"])
def test_basic_credentials_that_are_none_are_refused(upstream: EmbeddedUpstream, token: bytes) -> None:
    head = b"GET /basic-auth/u/p HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Basic "
    assert ask(upstream, head + token + b"\r\n\r\n").data.startswith(b"HTTP/1.1 401 ")


def test_base64_that_is_no_ascii_is_said_to_be_incorrect(upstream: EmbeddedUpstream) -> None:
    request = b"GET /base64/%C3%A9 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    assert ask(upstream, request).data.endswith(b"Incorrect Base64 data")
