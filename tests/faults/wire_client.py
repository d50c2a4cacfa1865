"""A client on a raw socket that records what it receives, and checks of a session's pool."""

import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar
from urllib.parse import urlsplit

import requests

from mock_upstream.embedded import EmbeddedUpstream
from mock_upstream.telemetry.ledger import Row

T = TypeVar("T")

GET = b"GET /get HTTP/1.1\r\nHost: test\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Received:
    """All the bytes that came, and how it ended: with a FIN, a RST, or in silence."""

    data: bytes
    end: Literal["fin", "reset", "silence"]

    @property
    def head(self) -> bytes:
        return self.data.partition(b"\r\n\r\n")[0]

    @property
    def body(self) -> bytes:
        return self.data.partition(b"\r\n\r\n")[2]


def address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or 0


def dial(upstream: EmbeddedUpstream) -> socket.socket:
    return socket.create_connection(address(upstream.url), timeout=5)


def receive(sock: socket.socket | ssl.SSLSocket, silence_s: float = 0.25, first_s: float = 5.0) -> Received:
    """Listen until the connection ends, or has been silent for so long: before the first byte, and after it."""
    sock.settimeout(first_s)
    data = b""
    try:
        while piece := sock.recv(65536):
            data += piece
            sock.settimeout(silence_s)
    except ConnectionResetError:
        return Received(data, "reset")
    except TimeoutError:
        return Received(data, "silence")
    return Received(data, "fin")


def ask(
    upstream: EmbeddedUpstream, request: bytes = GET, silence_s: float = 0.25, first_s: float = 5.0
) -> Received:
    """Send one request on a fresh connection, and listen."""
    with dial(upstream) as sock:
        sock.sendall(request)
        return receive(sock, silence_s, first_s)


def rows(upstream: EmbeddedUpstream, n: int, after: int = 0) -> list[Row]:
    """n rows of the ledger, as soon as they are there: a row is written after its answer is sent."""
    return _when(lambda: upstream.upstream.ledger.read(after, n)[2], lambda found: len(found) == n)


def until(right: Callable[[], bool]) -> None:
    """Wait, for a bounded time, until something is so."""
    _when(right, bool)


def until_closed(upstream: EmbeddedUpstream) -> None:
    """Wait until the upstream has closed every connection."""
    _when(lambda: len(upstream.upstream.regions[0].connections), lambda n: n == 0)


def _when(look: Callable[[], T], right: Callable[[T], bool]) -> T:
    deadline_s = time.monotonic() + 30
    while not right(found := look()):
        assert time.monotonic() < deadline_s, found
    return found


def assert_whole(session: requests.Session, upstream: EmbeddedUpstream, url: str = "") -> None:
    """Turn all faults off: the session's pool has all its slots, and serves."""
    timeline = upstream.upstream.timeline
    upstream.call(lambda: [timeline.turn_off(active) for active in list(upstream.upstream.rules.active)])
    base = url or upstream.url
    response = session.get(base + "/get", timeout=5)
    pool = session.get_adapter(base).poolmanager.connection_from_url(base)  # type: ignore[attr-defined]
    assert response.status_code == 200
    assert pool.pool.qsize() == pool.pool.maxsize, "a connection never came back"
