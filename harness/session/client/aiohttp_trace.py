"""A call's attempts, from aiohttp's tracing, a middleware around each request, and its connector.

aiohttp shows when a connection is opened, but not the TLS handshake apart from it. It shows neither that a pooled
connection was found dead nor that one was closed instead of being kept. All of these are None.
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Any

from harness.model.call import Attempt
from harness.session.client.pool_readings import PoolReadings
from harness.session.target_gate import check_behind_proxy
from harness.session.trace.call_trace import ATTEMPT_HEADER, KEY_HEADER, CallTracer
from harness.session.trace.trace import CallTrace

if TYPE_CHECKING:
    import aiohttp


class AiohttpPools(PoolReadings):
    """aiohttp's open connections, as a gauge."""

    def __init__(self, host: str, connector: aiohttp.BaseConnector) -> None:
        super().__init__(host, connector.limit)
        self._connector: Any = connector

    @property
    def in_use(self) -> int:
        """Connections that serve a request, or are being opened for one."""
        return len(self._connector._acquired)

    @property
    def idle(self) -> int:
        """Idle open connections."""
        return sum(len(kept) for kept in list(self._connector._conns.values()))


class AiohttpTraceEvents:
    """Records one call's attempts: each request that goes through `attempt` is one."""

    def __init__(self, trace: CallTrace, tracer: CallTracer, pools: AiohttpPools) -> None:
        self._trace, self._tracer, self._pools = trace, tracer, pools
        self._opening_s = 0.0
        self.head_s = 0.0

    async def attempt(
        self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        """aiohttp calls it for each request: the first, a redirect's, and one that it repeats by itself."""
        attempt = self._begin(request)
        if request.proxy is not None:
            check_behind_proxy(request.url.host or "", request.url.port)
        try:
            response = await handler(request)
            attempt.status = response.status
            return response
        finally:
            self._ended(attempt)

    def got(self) -> None:
        """A connection was taken from the pool, or begins to be opened: until then the attempt waited for one."""
        trace, now = self._trace, monotonic()
        if trace.attempt is not None:
            trace.got_s = now
            trace.attempt.pool_wait_s = now - self._tracer.epoch_s - trace.attempt.started_s
        self.end()

    def opening(self) -> None:
        """A connection begins to be opened."""
        self.got()
        self._opening_s = self._trace.got_s
        if self._trace.attempt is not None:
            self._trace.attempt.new_connection = True

    def opened(self) -> None:
        """The connection is open, with its TLS handshake."""
        self._pools.opened += 1
        self._opened()

    def end(self) -> None:
        """The call waits for no connection any more."""
        self._pools.waiting_since.pop(id(self._trace), None)

    def body_read(self) -> None:
        """The response's body is complete."""
        if self._trace.attempt is not None:
            self._trace.attempt.body_s = monotonic() - self.head_s

    def _begin(self, request: aiohttp.ClientRequest) -> Attempt:
        trace, now = self._trace, monotonic()
        if trace.attempt is not None:
            trace.attempt.reason = _reason(trace.attempt)
        number = len(trace.call.attempts)
        host = f"{request.url.scheme}://{request.url.host}:{request.url.port}"
        trace.attempt = Attempt(
            number, now - self._tracer.epoch_s, host, tls_s=None, stale=None, discarded=None
        )
        trace.call.attempts.append(trace.attempt)
        trace.got_s = self._opening_s = 0.0
        self._pools.waiting_since[id(trace)] = now
        request.headers[KEY_HEADER] = trace.call.key
        if number:
            request.headers[ATTEMPT_HEADER] = str(number)
        return trace.attempt

    def _opened(self) -> None:
        if self._opening_s and self._trace.attempt is not None:
            self._trace.attempt.connect_s = monotonic() - self._opening_s
            self._opening_s = 0.0

    def _ended(self, attempt: Attempt) -> None:
        """The head has been read, or the attempt has failed."""
        self._opened()
        self.end()
        self.head_s = monotonic()
        if self._trace.got_s:
            attempt.first_byte_s = self.head_s - self._trace.got_s


def _reason(attempt: Attempt) -> str:
    """Why the attempt was followed by another. aiohttp repeats one itself when a kept connection breaks."""
    if 300 <= attempt.status < 400:
        return "redirect"
    return str(attempt.status) if attempt.status else "again"


def trace_config() -> aiohttp.TraceConfig:
    """Passes aiohttp's events to the `AiohttpTraceEvents` that a request has as its `trace_request_ctx`."""
    import aiohttp

    config = aiohttp.TraceConfig()

    async def reuse(_: Any, context: Any, __: Any) -> None:
        context.trace_request_ctx.got()

    async def opening(_: Any, context: Any, __: Any) -> None:
        context.trace_request_ctx.opening()

    async def opened(_: Any, context: Any, __: Any) -> None:
        context.trace_request_ctx.opened()

    config.on_connection_reuseconn.append(reuse)
    config.on_connection_create_start.append(opening)
    config.on_connection_create_end.append(opened)
    return config
