"""A client without requests against an upstream in this process, for tests that hold for each of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harness.model.call import Call
from harness.model.policy import Policy
from harness.session.client.aiohttp_transport import AiohttpTransport
from harness.session.client.client import Client, Journey
from harness.session.client.httpx_transport import HttpxAsyncTransport, HttpxTransport
from harness.session.client.loop_thread import LoopThread
from harness.session.trace.call_trace import CallTracer
from mock_upstream.config.toml import build
from mock_upstream.embedded import EmbeddedUpstream
from mock_upstream.profile import Profile

TRANSPORTS = {"httpx": HttpxTransport, "httpx-async": HttpxAsyncTransport, "aiohttp": AiohttpTransport}
ASYNCHRONOUS = ["httpx-async", "aiohttp"]


class Caller:
    """One client of the transport; `calls` are what it made, `before` the sockets and threads without it."""

    def __init__(
        self, name: str, upstream: EmbeddedUpstream, *, secure: bool, thread: LoopThread | None, **tables: Any
    ) -> None:
        tables.setdefault("session", {}).setdefault("trust_env", False)
        policy = build(Policy, {"name": "p", "transport": name, **tables}, "p.toml")
        ca = str(upstream.addresses["ca"]) if secure else ""
        self.url = str(upstream.addresses["secure_url"]) if secure else upstream.url
        self.upstream, self.tracer = upstream, CallTracer()
        self.before = open_sockets(), threads()
        given = {} if thread is None else {"thread": thread}
        self.transport = TRANSPORTS[name](policy, self.tracer, self.url, ca, **given)
        self.calls: list[Call] = []
        self.client = self.another()

    def another(self) -> Client:
        """A client of another thread, over the same transport."""
        return Client(self.url, self.transport, self.tracer, self.calls.append)

    def get(self, path: str = "/get", **kwargs: Any) -> Any:
        """The response to one call with a key of its own."""
        return self.request("GET", path, **kwargs)

    def request(self, method: str, path: str, **kwargs: Any) -> Any:
        """The same, by another method."""
        now_s = self.tracer.now()
        self.client.journey = Journey(len(self.calls), now_s, now_s)
        return self.client.request(method, path, **kwargs)

    @property
    def pools(self) -> Any:
        """The gauge of the transport's connections."""
        return self.tracer.gauges[self.url]

    def served(self) -> list[tuple[str, int, int]]:
        """Key, number and status of every attempt that the upstream has served, in order of key and number."""
        rows = self.upstream.call(lambda: self.upstream.upstream.ledger.read(0, 10_000))[2]
        return sorted((row.key, row.attempt, row.status) for row in rows)

    def sent(self) -> list[tuple[str, int, int]]:
        """The same, as the client has recorded it."""
        return sorted((call.key, a.number, a.status) for call in self.calls for a in call.attempts)


@contextmanager
def calling(
    name: str,
    *faults: dict[str, Any],
    profile: dict[str, Any] | None = None,
    thread: LoopThread | None = None,
    **tables: Any,
) -> Iterator[Caller]:
    """A client of the transport by these tables of a policy, and its upstream with these faults."""
    described = {"name": "test", "fault": list(faults), **(profile or {})}
    with EmbeddedUpstream(build(Profile, described, "test")) as upstream:
        caller = Caller(name, upstream, secure="tls" in described, thread=thread, **tables)
        try:
            yield caller
        finally:
            caller.transport.close()


def threads() -> int:
    """The native threads of this process."""
    return len(os.listdir("/proc/self/task"))


def open_sockets() -> int:
    """The sockets that this process has open."""
    found = 0
    for entry in Path("/proc/self/fd").iterdir():
        try:
            found += os.readlink(entry).startswith("socket:")
        except OSError:
            continue
    return found
