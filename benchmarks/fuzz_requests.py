"""Damaged requests: bytes at the mock upstream's listener, and requests to its control API.

A finding is an error in the upstream's log, a response of the control API with a status of 500 or more, a request of
its that gets no response, a connection that is left open, or an upstream that no longer serves afterwards.
"""

from __future__ import annotations

import logging
import resource
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

from benchmarks.fuzz_mutations import mutated
from mock_upstream.config.toml import build
from mock_upstream.embedded import EmbeddedUpstream
from mock_upstream.profile import Profile

AT_MOST_S, AT_ONCE = 5.0, 25
_HEAD = b" HTTP/1.1\r\nHost: 127.0.0.1\r\n"
GOODBYE = b"GET /hello" + _HEAD + b"Connection: close\r\n\r\n"
TARGETS = (
    "/hello", "/get?a=1&b=%20", "/headers", "/status/503", "/status/200,404", "/redirect/3", "/redirect-to?url=/get",
    "/absolute-redirect/2", "/basic-auth/u/p", "/bearer", "/digest-auth/auth/u/p", "/cookies/set?a=1", "/cookies",
    "/bytes/100", "/stream/3", "/stream-bytes/100", "/range/50", "/drip?numbytes=3&duration=0", "/links/3/1",
    "/base64/aGVsbG8=", "/image/png", "/gzip", "/deflate", "/etag/abc", "/cache/60", "/response-headers?X-A=1",
    "/delay/0", "/uuid", "/ip", "/encoding/utf8", "/orders", "/orders/7", "/accounts/1", "/token", "/no/such",
)  # fmt: skip
RANGED = (
    b"GET /range/50" + _HEAD + b"Range: bytes=3-9\r\nIf-Range: x\r\nAccept-Encoding: gzip, br;q=0.5\r\n\r\n"
)
FORM = b"a=1&b=%C3%A9&c"
PARTS = b'--x\r\nContent-Disposition: form-data; name="f"; filename="a.txt"\r\n\r\nhello\r\n--x--\r\n'


def _posted(target: bytes, kind: bytes, body: bytes, method: bytes = b"POST") -> bytes:
    head = method + b" " + target + _HEAD + b"Content-Type: " + kind
    return head + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body


REQUESTS: tuple[bytes, ...] = (
    *(b"GET " + target.encode() + _HEAD + b"\r\n" for target in TARGETS),
    RANGED,
    _posted(b"/post", b"application/json", b'{"a": [1, 2, {"b": null}]}'),
    _posted(b"/post", b"application/x-www-form-urlencoded", FORM),
    _posted(b"/anything/x", b"multipart/form-data; boundary=x", PARTS, b"PUT"),
    _posted(b"/orders", b"application/json", b'{"item": "book", "count": 2}'),
    _posted(
        b"/oauth/token", b"application/x-www-form-urlencoded", b"grant_type=client_credentials&client_id=a"
    ),
    b"POST /post" + _HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-T: 1\r\n\r\n",
    b"POST /post" + _HEAD + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\nab",
    b"GET /get HTTP/1.0\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET http://127.0.0.1/get" + _HEAD + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    b"GET /digest-auth/auth/u/p"
    + _HEAD
    + b'Authorization: Digest username="u", realm="x", nonce="1", uri="/"\r\n\r\n',
    b"GET /basic-auth/u/p" + _HEAD + b"Authorization: Basic dTpw\r\nCookie: a=1; b\r\n\r\n",
    (b"GET /status/204" + _HEAD + b"\r\n") * 5,
)
CONTROL: tuple[tuple[str, str, bytes], ...] = (
    ("GET", "/health", b""),
    ("GET", "/ledger?after=0&limit=10", b""),
    ("GET", "/events?after=0", b""),
    ("GET", "/state", b""),
    ("GET", "/metrics", b""),
    ("GET", "/conformance?backoff_s=0.1,0.2&after=0", b""),
    ("POST", "/timeline/start", b'{"epoch_s": 5.0}'),
    ("POST", "/faults", b'{"kind": "latency", "add_s": 0.1, "name": "slow", "ratio": 0.5}'),
    (
        "POST",
        "/faults",
        b'{"kind": "status", "status": 503, "region": "*", "path": "/get*", "method": "GET"}',
    ),
    ("POST", "/faults", b'{"kind": "quota", "limit": 5, "window_s": 1.0}'),
    ("GET", "/faults", b""),
    ("DELETE", "/faults/slow", b""),
    ("DELETE", "/faults", b""),
    ("PATCH", "/capacity", b'{"workers": 4, "queue": 10, "discipline": "lifo", "brownout": 0.1}'),
    ("GET", "/capacity", b""),
    ("GET", "/version", b""),
    ("POST", "/reset", b""),
    ("POST", "/populate", b'[{"name": "p", "listen": "127.0.0.1:0", "upstream": "127.0.0.1:1"}]'),
    (
        "POST",
        "/proxies",
        b'{"name": "q", "listen": "127.0.0.1:0", "upstream": "127.0.0.1:1", "enabled": true}',
    ),
    ("GET", "/proxies", b""),
    ("GET", "/proxies/q", b""),
    ("PATCH", "/proxies/q", b'{"enabled": false}'),
    (
        "POST",
        "/proxies/q/toxics",
        b'{"name": "t", "type": "latency", "attributes": {"latency": 5, "jitter": 1}}',
    ),
    (
        "POST",
        "/proxies/q/toxics",
        b'{"type": "slicer", "stream": "upstream", "toxicity": 0.5, "attributes": {}}',
    ),
    ("GET", "/proxies/q/toxics/t", b""),
    ("PATCH", "/proxies/q/toxics/t", b'{"toxicity": 0.1}'),
    ("DELETE", "/proxies/q/toxics/t", b""),
    ("DELETE", "/proxies/q", b""),
)
PROFILE = {
    "name": "fuzz",
    "limits": {"head_bytes": 16_384, "body_bytes": 100_000, "head_s": 0.2, "ledger_rows": 1000},
    "timeline": [{"at_s": 0.1, "for_s": 0.1, "fault": {"kind": "latency", "add_s": 0.01}}],
}


def shard(number: int, requests: int, seed: int) -> dict[str, Any]:
    """Sends so many; the same ones for the same number and seed. `idle_mb` is the memory before the first."""
    errors = _Errors()
    counts, findings = Counter[str](), list[str]()
    logging.getLogger().addHandler(errors)
    try:
        with EmbeddedUpstream(build(Profile, PROFILE, "fuzz")) as upstream:
            _ask(upstream.url, GOODBYE)
            _control(upstream, *CONTROL[0])
            idle_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
            for begin in range(0, requests, AT_ONCE):
                turns = range(begin, min(requests, begin + AT_ONCE))
                kind, send = (
                    ("control API", _control_cases)
                    if begin // AT_ONCE % 3 == 2
                    else ("listener", _wire_cases)
                )
                counts[kind] += len(turns)
                found = [*send(upstream, [Random(f"{seed}-{number}-{turn}") for turn in turns])]  # noqa: S311
                found += [*errors.taken(), *_unlike_before(upstream)]
                findings += [f"{kind} ({seed}-{number}-{begin}): {each}" for each in found]
    finally:
        logging.getLogger().removeHandler(errors)
    return {"kinds": counts, "findings": findings, "idle_mb": idle_mb}


class _Errors(logging.Handler):
    """Collects what the upstream logs as an error."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self._found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keeps one line of it."""
        error = record.exc_info[1] if record.exc_info else None
        place = error.__traceback__ if error else None
        while place is not None and place.tb_next is not None:
            place = place.tb_next
        where = f" at {place.tb_frame.f_code.co_filename}:{place.tb_lineno}" if place else ""
        self._found.append(f"{record.getMessage()[:200]}: {error!r:.200}{where}")

    def taken(self) -> list[str]:
        """What was found since the last time."""
        found, self._found = self._found, []
        return found


def _wire_cases(upstream: EmbeddedUpstream, randoms: list[Random]) -> Iterator[str]:
    """Sends each on a connection of its own, in up to three pieces; then all are read and closed."""
    with _sockets() as dial:
        open_ones = []
        for random in randoms:
            data = mutated(random.choice(REQUESTS), REQUESTS, random)
            sock, pieces = dial(upstream.url), sorted(random.randrange(len(data) + 1) for _ in range(2))
            try:
                for piece in (data[: pieces[0]], data[pieces[0] : pieces[1]], data[pieces[1] :]):
                    sock.sendall(piece)
            except OSError:  # it has refused the first piece
                pass
            open_ones.append((sock, data))
        for sock, data in open_ones:
            sock.settimeout(0.02)
            try:
                received = sock.recv(65_536)
            except OSError:
                continue
            if received and not received.startswith(b"HTTP/1.1 "):
                yield f"{data[:200]!r} gets {received[:100]!r}"


def _control_cases(upstream: EmbeddedUpstream, randoms: list[Random]) -> Iterator[str]:
    """One after the other: the method, the path or the body is damaged, or the whole request."""
    bodies = tuple(body for _, _, body in CONTROL if body)
    for random in randoms:
        method, path, body = random.choice(CONTROL)
        if random.random() < 0.6 and body:
            body = mutated(body, bodies, random)
        elif random.random() < 0.5:
            path = "/" + _printable(
                mutated(path.encode(), tuple(p.encode() for _, p, _ in CONTROL), random)[1:]
            )
        else:
            method, body = random.choice(("GET", "POST", "PATCH", "DELETE", "PUT")), random.choice(bodies)
        if finding := _control(upstream, method, path, body):
            yield finding


def _control(upstream: EmbeddedUpstream, method: str, path: str, body: bytes) -> str:
    """What is wrong with the response; "" for nothing."""
    request = _posted(path.encode(), b"application/json", body, method.encode())
    received = _ask(upstream.admin, request.replace(b"Host:", b"Connection: close\r\nHost:", 1))
    if not received.startswith(b"HTTP/1.") or received[9:10] not in b"234":
        return f"{method} {path[:100]} {body[:200]!r} gets {received[:100]!r}"
    return ""


def _unlike_before(upstream: EmbeddedUpstream) -> Iterator[str]:
    """The upstream without what the requests turned on: whether it serves, and has no connection left."""
    for method, path in (("DELETE", "/faults"), ("POST", "/reset")):
        yield from filter(None, [_control(upstream, method, path, b"")])
    for name in list(upstream.call(lambda: list(upstream._admin._proxies.each()))):
        if name not in upstream.upstream.own_proxies:
            upstream.call(lambda name=name: upstream._admin._proxies.delete(name))
    whole = b'{"workers": null, "queue": null, "discipline": "fifo", "brownout": 0.0}'
    yield from filter(None, [_control(upstream, "PATCH", "/capacity", whole)])
    if not _ask(upstream.url, GOODBYE).endswith(b"hello\n"):
        yield "the upstream does not serve any more"
    until_s = time.monotonic() + AT_MOST_S
    while upstream.call(lambda: len(upstream.upstream.regions[0].connections)):
        if time.monotonic() > until_s:
            yield f"{len(upstream.upstream.regions[0].connections)} connections are left"
            return
        time.sleep(0.002)


def _ask(url: str, request: bytes) -> bytes:
    """Everything up to the end of the connection; what there is after five seconds."""
    received, until_s = b"", time.monotonic() + AT_MOST_S
    with _sockets() as dial:
        sock = dial(url)
        try:
            sock.sendall(request)
            while time.monotonic() < until_s and (piece := sock.recv(65_536)):
                received += piece
        except OSError:
            pass
    return received


@contextmanager
def _sockets() -> Iterator[Callable[[str], socket.socket]]:
    """Opens connections, and closes all of them at the end."""
    opened: list[socket.socket] = []

    def dial(url: str) -> socket.socket:
        host, _, port = url.removeprefix("http://").partition(":")
        opened.append(socket.create_connection((host, int(port)), timeout=AT_MOST_S))
        return opened[-1]

    try:
        yield dial
    finally:
        for sock in opened:
            sock.close()


def _printable(text: bytes) -> str:
    """As a target can have it."""
    return "".join(chr(each) if 33 <= each < 127 else f"%{each:02x}" for each in text[:3000])
