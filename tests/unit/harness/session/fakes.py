"""A pool whose connections play a script instead of using sockets, on a clock that only moves when told to."""

from __future__ import annotations

from dataclasses import dataclass, field
from email.message import Message
from io import BytesIO
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.response import HTTPResponse


@dataclass
class Clock:
    """A monotonic clock in seconds."""

    now_s: float = 1000.0

    def __call__(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        """Lets time pass."""
        self.now_s += seconds


@dataclass
class Reply:
    """What the peer does with one request: an answer after `after_s`, or an error."""

    status: int = 200
    body: bytes = b"ok"
    headers: dict[str, str] = field(default_factory=dict)
    after_s: float = 0.02
    body_s: float = 0.0
    error: BaseException | None = None
    connect_error: BaseException | None = None
    connect_s: float = 0.001


@dataclass
class Peer:
    """The other end of every connection: plays its replies in order, and then answers 200 for ever."""

    clock: Clock
    replies: list[Reply] = field(default_factory=list)
    seen: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    connections: int = 0
    dropped: bool = False
    """Idle connections look closed by the peer."""

    def next(self) -> Reply:
        return self.replies.pop(0) if self.replies else Reply()

    def adapter(self, kind: type[HTTPAdapter] = HTTPAdapter, **kwargs: Any) -> HTTPAdapter:
        """An adapter of the given class whose pools talk to this peer."""
        adapter = kind(**kwargs)
        peer = self

        class Connection(FakeConnection):
            """One that knows its peer."""

            _peer = peer

        pool = type("FakePool", (HTTPConnectionPool,), {"ConnectionCls": Connection})
        adapter.poolmanager.pool_classes_by_scheme = {"http": pool, "https": pool}
        return adapter


class FakeConnection(HTTPConnection):
    """A connection without a socket."""

    _peer: Peer

    def connect(self) -> None:
        coming = self._peer.replies[0] if self._peer.replies else Reply()
        self._peer.clock.sleep(coming.connect_s)
        if coming.connect_error is not None:
            self._peer.next()
            raise coming.connect_error
        self._peer.connections += 1
        self.sock = object()  # type: ignore[assignment]

    def close(self) -> None:
        self.sock = None  # type: ignore[assignment]

    @property
    def is_connected(self) -> bool:
        return self.sock is not None and not self._peer.dropped

    def request(self, method: str, url: str, body: Any = None, headers: Any = None, **_: Any) -> None:
        if self.sock is None:
            self.connect()
        self._peer.seen.append((method, url, dict(headers or {})))

    def getresponse(self) -> HTTPResponse:
        reply = self._peer.next()
        self._peer.clock.sleep(reply.after_s)
        if reply.error is not None:
            raise reply.error
        raw = _Raw(reply, self._peer.clock)
        return HTTPResponse(
            raw, headers=reply.headers, status=reply.status, preload_content=False,
            original_response=raw, decode_content=False,
        )  # fmt: skip


class _Raw(BytesIO):
    """A body that takes its time, and says when it was read to the end, as http.client's response does."""

    def __init__(self, reply: Reply, clock: Clock) -> None:
        super().__init__(reply.body)
        self._clock, self._left_s, self._length = clock, reply.body_s, len(reply.body)
        self.msg = Message()

    def read(self, size: int | None = -1, /) -> bytes:
        self._clock.sleep(self._left_s)
        self._left_s = 0.0
        return super().read(size)

    def isclosed(self) -> bool:
        return self.closed or self.tell() == self._length
