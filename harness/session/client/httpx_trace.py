"""A call's attempts, from httpx's trace events and its pool.

httpx shows when each step on a connection begins and ends. It shows neither that a pooled connection was found dead nor
that one was closed because the pool was full, so both are None.
"""

from __future__ import annotations

from collections.abc import Mapping
from time import monotonic
from typing import TYPE_CHECKING, Any

from harness.model.call import Attempt
from harness.session.client.pool_readings import PoolReadings
from harness.session.trace.call_trace import ATTEMPT_HEADER, KEY_HEADER, CallTracer
from harness.session.trace.trace import CallTrace

if TYPE_CHECKING:
    import httpx


class HttpxPools(PoolReadings):
    """httpx's open connections, as a gauge."""

    def __init__(self, host: str, maxsize: int, pool: Any) -> None:
        super().__init__(host, maxsize)
        self._pool = pool

    @property
    def in_use(self) -> int:
        """Connections that serve a request."""
        return sum(not connection.is_idle() for connection in self._pool.connections)

    @property
    def idle(self) -> int:
        """Idle open connections."""
        return sum(connection.is_idle() for connection in self._pool.connections)


class HttpxTraceEvents:
    """Records one call's attempts from httpx's trace events."""

    def __init__(self, trace: CallTrace, tracer: CallTracer, pools: PoolReadings) -> None:
        self._trace, self._tracer, self._pools = trace, tracer, pools
        self._started: dict[str, float] = {}

    def begin(self, request: httpx.Request) -> None:
        """A request is about to be sent: the call's first, or a redirect's."""
        trace, now = self._trace, monotonic()
        if trace.attempt is not None:
            trace.attempt.reason = "redirect"
        number = len(trace.call.attempts)
        host = f"{request.url.scheme}://{request.url.host}:{request.url.port}"
        trace.attempt = Attempt(
            number, now - self._tracer.epoch_s, host, tls_s=0.0, stale=None, discarded=None
        )
        trace.call.attempts.append(trace.attempt)
        trace.got_s = 0.0
        self._pools.waiting_since[id(trace)] = now
        request.headers[KEY_HEADER] = trace.call.key
        if number:
            request.headers[ATTEMPT_HEADER] = str(number)

    def event(self, event: str, info: Mapping[str, Any]) -> None:
        """One of httpx's events: "http11.receive_response_headers.complete"."""
        attempt, now = self._trace.attempt, monotonic()
        _, step, state = event.split(".")
        if attempt is None:
            return
        if state == "started":
            self._started[step] = now
            if not self._trace.got_s:
                self._got(attempt, now)
        else:
            self._ended(attempt, step, state, now - self._started.get(step, now), info)

    async def event_of_async(self, event: str, info: Mapping[str, Any]) -> None:
        """The same, for the asynchronous client."""
        self.event(event, info)

    def end(self) -> None:
        """The call has ended: it waits for no connection any more."""
        self._pools.waiting_since.pop(id(self._trace), None)

    def _got(self, attempt: Attempt, now: float) -> None:
        """The first thing that happens on a connection: until then the call waited for one."""
        self._trace.got_s = now
        attempt.pool_wait_s = now - self._tracer.epoch_s - attempt.started_s
        self._pools.waiting_since.pop(id(self._trace), None)

    def _ended(self, attempt: Attempt, step: str, state: str, took_s: float, info: Mapping[str, Any]) -> None:
        if step in {"connect_tcp", "start_tls"}:
            attempt.new_connection = True
            attempt.connect_s += took_s
            attempt.tls_s = (attempt.tls_s or 0.0) + (took_s if step == "start_tls" else 0.0)
            self._pools.opened += step == "connect_tcp" and state == "complete"
        elif step == "receive_response_headers" and state == "complete":
            attempt.status = int(info["return_value"][1])
            attempt.first_byte_s = monotonic() - self._trace.got_s
        elif step == "receive_response_body":
            attempt.body_s = took_s
