"""One client connection as a raw asyncio protocol: requests in their order, scripts to bytes, limits and ends."""

import asyncio
import logging
from collections import deque
from time import monotonic
from typing import TYPE_CHECKING, cast

import httptools

from mock_upstream.engine.exchange import Arrival, Exchange
from mock_upstream.engine.request_parser import RequestParser
from mock_upstream.http.request import Place, Request, identity_of
from mock_upstream.http.response import TEXT, Response, raw_response
from mock_upstream.http.send_script import Close, CloseOnNext, Hang, Pause, Reset, Script, Send
from mock_upstream.net.socket_close import reset_on_close, unacknowledged_bytes

if TYPE_CHECKING:
    from mock_upstream.engine.region import Region
    from mock_upstream.profile import Limits

_HEARD_WITHIN_S, _LOOK_AGAIN_S = 0.25, 0.001
_BACKLOG = 64
_log = logging.getLogger(__name__)
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Connection(asyncio.Protocol):
    """One client connection: requests are processed one after the other, in order."""

    def __init__(self, region: "Region", limits: "Limits") -> None:
        self.region = region
        self._limits = limits
        self.number = next(region.numbers)
        self.exchange: Exchange | None = None
        self.since_s = monotonic()
        """When the current phase (head, or idle) began."""
        self._parser = RequestParser(limits, self)
        self._backlog: deque[Arrival] = deque()
        self._script: Script | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._due_s = 0.0
        self._keep_alive = True
        self._closing = False
        self.choked = False
        """Whether the client reads slower than the upstream writes."""
        self._close_on_next = False
        self._hanging = False
        self._nth = 0

    # What comes in

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast(asyncio.Transport, transport)
        self._parser.place = Place(
            (transport.get_extra_info("peername") or ("",))[0],
            ":".join(map(str, (transport.get_extra_info("sockname") or ("", 0))[:2])),
            transport.get_extra_info("sslcontext") is not None,
        )
        self.region.connections.add(self)
        self.region.opened += 1

    def data_received(self, data: bytes) -> None:
        """Parse; each complete request begins an exchange."""
        if self._close_on_next:
            self._transport.close()
            return
        if self._closing:
            return
        if self._parser.idle:
            self.since_s = monotonic()
        try:
            self._parser.feed(data)
        except httptools.HttpParserUpgrade:
            self.finish()  # upgrades are not supported: respond, then close
        except httptools.HttpParserCallbackError:
            _log.exception("a request could not be accepted")
            self.refuse(500, "Internal Server Error")
        except httptools.HttpParserError:
            self.refuse(400, "the request is not HTTP")
        self._parser.check_head()

    def send_continue(self) -> None:
        """Tell a client that waits for it to send its body."""
        if self.exchange is None:
            self._transport.write(_CONTINUE)

    def on_request(self) -> None:
        """Begin the exchange, or keep the request until the one before it has ended."""
        if self._closing:
            return
        pending = self._identified(self._parser.completed(), monotonic())
        if self.exchange is not None or self._backlog:
            self._backlog.append(pending)
            if len(self._backlog) >= _BACKLOG:
                self._transport.pause_reading()
        else:
            self._serve(pending)

    def eof_received(self) -> bool:
        """The client has closed its side, as a client does whose request timed out: treat it as disconnected."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """Notify the exchange that the client has disconnected."""
        self.region.connections.discard(self)
        self._closing = True
        self._stop_script()
        self._backlog.clear()
        exchange, self.exchange = self.exchange, None
        if exchange is not None:
            exchange.leave()

    def pause_writing(self) -> None:
        """The client reads slower than the upstream writes."""
        self.choked = True

    def resume_writing(self) -> None:
        """The client has caught up."""
        self.choked = False
        if self._script is not None and self._timer is None:
            self._run_script()

    # What goes out

    def send(self, exchange: Exchange, data: bytes, keep_alive: bool) -> None:
        """Send a whole response and end the exchange."""
        exchange.first_byte_s = monotonic()
        exchange.written = len(data)
        self._transport.write(data)
        self._end(exchange, keep_alive and self._keep_alive)

    def perform(self, exchange: Exchange, script: Script, keep_alive: bool) -> None:
        """Run a script, and end the exchange when it has ended."""
        exchange.first_byte_s = monotonic()
        self.exchange = exchange
        self._keep_alive = keep_alive
        self._script = script
        self._due_s = monotonic()
        self._run_script()

    def finish(self) -> None:
        """Close once the current exchange has ended (immediately when there is none)."""
        self._keep_alive_no_more()
        if self.exchange is None:
            self._transport.close()
        elif self._hanging:
            self.drop()

    def drop(self, label: str = "") -> None:
        """Reset the connection, even during an exchange; `label` names the fault that causes it."""
        self._closing = True
        self._stop_script()
        exchange, self.exchange = self.exchange, None
        if exchange is not None:
            exchange.cut(label)
        self._reset()

    def _reset(self) -> None:
        reset_on_close(self._transport.get_extra_info("socket"))
        self._transport.abort()

    def check(self, now: float) -> None:
        """Reject a request that takes too long to arrive, and close a connection that was idle for too long."""
        if self.exchange is not None or self._closing:
            return
        if self._parser.idle:
            if now - self.since_s > self._limits.idle_s:
                self.finish()
        elif now - self.since_s > self._limits.head_s:
            self.refuse(408, "the request took too long")

    def _run_script(self) -> None:
        self._timer = None
        exchange, script = self.exchange, self._script
        if exchange is None or script is None:
            return
        try:
            if self._run_steps(exchange, script):
                self._end(exchange, self._keep_alive)
        except Exception:
            _log.exception("the response to %s failed", exchange.request.path)
            self._cut(exchange, Reset())

    def _run_steps(self, exchange: Exchange, script: Script) -> bool:
        """Do the steps up to the next wait; return whether all is done."""
        for step in script:
            if isinstance(step, Send):
                exchange.written += len(step.data)
                self._transport.write(step.data)
                if self.choked:
                    return False
            elif isinstance(step, Pause):
                self._due_s += step.delay_s
                self._timer = self.region.loop.call_at(self._due_s, self._run_script)
                return False
            elif isinstance(step, Hang):
                self._hanging = True
                return False
            elif isinstance(step, CloseOnNext):
                self._close_on_next = not self._backlog
            else:
                self._cut(exchange, step)
                return False
        return True

    def _cut(self, exchange: Exchange, step: Close | Reset) -> None:
        """End the connection as `step` says; the exchange ends with it, without counting as left by the client."""
        self._closing = True
        self.exchange = None
        self._stop_script()
        exchange.end()
        if isinstance(step, Reset):
            self._reset_once_acknowledged(self.region.loop.time() + _HEARD_WITHIN_S)
        else:
            self._transport.close()

    def _reset_once_acknowledged(self, deadline_s: float) -> None:
        """Reset once the client's host has received what was sent: a RST discards data still in transit."""
        loop = self.region.loop
        if loop.time() < deadline_s and unacknowledged_bytes(self._transport.get_extra_info("socket")):
            self._timer = loop.call_later(_LOOK_AGAIN_S, self._reset_once_acknowledged, deadline_s)
        else:
            self._reset()

    def _end(self, exchange: Exchange, keep_alive: bool) -> None:
        self.exchange = None
        self._script = None
        exchange.end()
        if not keep_alive:
            self._closing = True
            self._transport.close()
        elif self._backlog:
            self.region.loop.call_soon(self._next)
        else:
            self.since_s = exchange.first_byte_s

    def _next(self) -> None:
        if self.exchange is None and self._backlog:
            pending = self._backlog.popleft()
            if len(self._backlog) == _BACKLOG - 1:
                self._transport.resume_reading()
            self._serve(pending)

    def _serve(self, arrival: Arrival) -> None:
        exchange = self.exchange = Exchange(self.region, self, arrival)
        exchange.begin()

    def _identified(self, request: Request, now: float) -> Arrival:
        """Return the request with its key, attempt and number on this connection."""
        if not self._keep_alive:
            request.keep_alive = False
        self._nth += 1
        key, attempt = identity_of(request.headers)
        return request, key or f"c{self.number}.{self._nth}", attempt, self._nth, now

    def refuse(self, status: int, why: str) -> None:
        """Respond to a request that cannot be served, and close; an exchange in progress ends with it."""
        if self._closing:
            return
        self._closing = True
        self.region.refused[status] += 1
        if self.exchange is None:
            raw = raw_response(
                Response(status, why.encode(), TEXT), head_only=False, keep_alive=False, http10=False
            )
            self._transport.write(raw.head + raw.body)
        self._transport.close()

    def _keep_alive_no_more(self) -> None:
        self._keep_alive = False
        if self.exchange is not None:
            self.exchange.request.keep_alive = False

    def _stop_script(self) -> None:
        self._script = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
