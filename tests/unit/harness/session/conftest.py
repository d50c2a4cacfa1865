"""A fake clock and a fake peer, and Sessions over them that the anatomy observes."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import requests
import urllib3.util.retry
from requests.adapters import HTTPAdapter

from harness.model.call import Call
from harness.session.trace import call_trace as anatomy_module
from harness.session.trace import connection as watched_module
from harness.session.trace.call_trace import CallTracer
from tests.unit.harness.session.fakes import Clock, Peer

HOST = "http://upstream.test:80"


class Bench:
    """One observed Session over a fake peer."""

    def __init__(self, clock: Clock) -> None:
        self.peer, self.tracer = Peer(clock), CallTracer()
        self.session = self.tracer.instrument(requests.Session())
        self.session.trust_env = False
        self.response: requests.Response | None = None

    def mount(self, adapter: HTTPAdapter) -> None:
        """Puts an adapter under every URL."""
        self.session.mount("http://", adapter)

    def call(self, method: str = "GET", path: str = "/", **kwargs: object) -> Call:
        """One call, as the harness makes it; errors are left to the test."""
        call = Call(0, 0, method, path, 0.0, 0.0)
        with self.tracer.calling(call, keyed=True) as trace:
            try:
                self.response = self.session.request(method, HOST + path, **kwargs)  # type: ignore[arg-type]
            finally:
                call.received_bytes = trace.received_bytes
        return call

    @property
    def in_use(self) -> int:
        """Connections that are out."""
        return sum(gauge.in_use for gauge in self.tracer.gauges.values())


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The one clock that the anatomy and urllib3's backoff go by."""
    clock = Clock()
    for module in (anatomy_module, watched_module):
        monkeypatch.setattr(module, "monotonic", clock)
    monkeypatch.setattr(urllib3.util.retry, "time", SimpleNamespace(sleep=clock.sleep, time=clock))
    return clock


@pytest.fixture
def bench(clock: Clock) -> Bench:
    """An observed Session with requests' own adapter."""
    bench = Bench(clock)
    bench.mount(bench.peer.adapter())
    return bench
