"""A policy's client against an upstream in a process of its own, for tests of policies over real sockets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from harness.lab.upstream_process import UpstreamProcess
from harness.model.call import Call
from harness.model.policy import Policy
from harness.session.build.session import session_maker, timeout
from harness.session.client.client import Client, Journey
from harness.session.client.transport import SessionTransport
from harness.session.resilience.controls import Controls
from harness.session.trace.call_trace import CallTracer
from mock_upstream.config.toml import build
from mock_upstream.profile import Profile


class Served:
    """One client under one policy; `calls` are what it made."""

    def __init__(self, upstream: UpstreamProcess, **tables: Any) -> None:
        policy = build(Policy, {"name": "p", **tables}, "p.toml")
        self.upstream, self.tracer, self.controls = upstream, CallTracer(), Controls(policy)
        self.session = self.controls.attach(self.tracer.instrument(session_maker(policy)()))
        self.calls: list[Call] = []
        transport = SessionTransport(session_maker(policy), self.session, timeout(policy))
        self.client = Client(upstream.url, transport, self.tracer, self.calls.append)

    def call(self, method: str = "GET", path: str = "/get", **kwargs: Any) -> Call:
        """One call with a key of its own."""
        now_s = self.tracer.now()
        self.client.journey = Journey(len(self.calls), now_s, now_s)
        self.client.request(method, path, **kwargs)
        return self.calls[-1]

    @property
    def attempts(self) -> int:
        """Attempts of all calls."""
        return sum(len(call.attempts) for call in self.calls)

    def assert_whole(self) -> None:
        """No connection is in use, and no caller waits."""
        for gauge in self.tracer.gauges.values():
            assert (gauge.in_use, gauge.waiting) == (0, 0)


@contextmanager
def upstream(*faults: dict[str, Any], **profile: Any) -> Iterator[UpstreamProcess]:
    """An upstream with these faults."""
    served = UpstreamProcess(
        build(Profile, {"name": "test", "seed": 11, "fault": list(faults), **profile}, "test")
    )
    try:
        served.wait_ready()
        yield served
    finally:
        served.stop()
