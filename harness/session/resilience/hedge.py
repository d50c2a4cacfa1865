"""Hedging: further attempts of a request beside the caller's own. The first good response is the result.

The caller makes its own attempt itself, so a request that needs no hedge uses no other thread. When a hedge wins, the
caller's connection is shut down, which ends its wait. HTTP/1.1 cannot cancel a request: the connection of an attempt
that lost is closed, its body is never read, and the upstream may still work on it.
"""

from __future__ import annotations

import threading
import weakref
from contextlib import nullcontext
from contextvars import copy_context
from typing import Any, Protocol

from urllib3.util import Retry

from harness.model.hedge_settings import NEED_A_KEY, HedgeSettings, NotHedged
from harness.session.resilience.attempt_result import AttemptResult
from harness.session.resilience.call_context import CallContext, current
from harness.session.resilience.deadline import DeadlineScheduler, shut_down
from harness.session.resilience.hedge_threads import HedgeThreads
from harness.session.resilience.host_hedges import HostHedges
from harness.session.trace.connection import lend_to
from harness.session.trace.trace import current_trace

Request = tuple[tuple[Any, ...], dict[str, Any]]
"""The positional arguments of a pool's `urlopen`, from the method on, and the others."""


class AttemptSender(Protocol):
    """Sends the attempts of a race; the pool with its hooks is one."""

    def send(self, request: Request, context: CallContext) -> Any:
        """The response to an attempt that was admitted."""

    def admit(self, context: CallContext) -> NotHedged | None:
        """Takes what a hedge needs, without waiting; or returns why it may not be sent."""


class Superseded(OSError):
    """Another attempt of the request has already given its result."""


class Hedging:
    """The hedges of one process: their settings and threads, and what it knows of each host."""

    def __init__(self, settings: HedgeSettings, timers: DeadlineScheduler) -> None:
        self.settings, self.timers = settings, timers
        self.threads, self.lock = HedgeThreads(settings.threads), threading.Lock()
        self.hosts: dict[str, HostHedges] = {}
        self._methods = frozenset(method.upper() for method in settings.methods)
        self.fatal = frozenset(range(100, 600)) - frozenset(settings.non_fatal_statuses)

    def host(self, name: str) -> HostHedges:
        """The host's state, from its first request on."""
        return self.hosts.get(name) or self.hosts.setdefault(name, HostHedges(self.settings))

    def race(
        self, sender: AttemptSender, host_name: str, context: CallContext, request: Request
    ) -> Race | None:
        """What may send hedges beside this attempt; None where the request cannot be hedged, or not yet."""
        context.unhedged = reason = self.refusal(context, request)
        host = None if reason is not None else self.hosts.get(host_name) or self.host(host_name)
        context.hedges = host
        if host is None or (delay_s := host.delay_s) is None:
            context.race = None
            return None
        return Race(self, host, delay_s, sender, context, request)

    def refusal(self, context: CallContext, request: Request) -> NotHedged | None:
        """Why this request can never be hedged; None where it can."""
        method, _, body, headers, retries = request[0][:5]
        if method not in self._methods or (
            method in NEED_A_KEY and self.settings.idempotency_key not in (headers or ())
        ):
            return NotHedged.METHOD
        if context.streamed:
            return NotHedged.STREAM
        if body is not None and not isinstance(body, bytes | str):
            return NotHedged.BODY
        return NotHedged.RETRIES if (retries.total if isinstance(retries, Retry) else retries) else None


class Race:
    """One request and its attempts. It is the timer of its own next attempt."""

    winner: CallContext | Race | None = None
    """The attempt whose result it is, from the head of its response on; the race itself when it was given up."""
    done = False
    _contended = False
    """Whether the delay has passed: from then on another thread may be sending a hedge."""
    _hedges: tuple[CallContext, ...] = ()
    _numbered = _running = 1
    _sent_s = 0.0
    _last: AttemptResult | None = None
    _arrived: threading.Event | None = None

    def __init__(
        self, hedging: Hedging, host: HostHedges, delay_s: float,
        sender: AttemptSender, first: CallContext, request: Request,
    ) -> None:  # fmt: skip
        self.hedging, self._host, self._delay_s = hedging, host, delay_s
        self._sender, self._request = sender, request
        self._trace, self._vars = current_trace(), copy_context()
        self.first = first
        first.race = self

    def run(self) -> Any:
        """The response; or raises the exception of the attempt that ended last."""
        first = self.first
        try:
            response = self._sender.send(self._request, first)
        except Exception as error:
            return self._beside(AttemptResult(first, None, error))
        except BaseException:
            self._give_up()
            raise
        if self.winner is first and self._numbered == 1:
            first.race = None
            return response
        return self._beside(AttemptResult(first, response, None))

    def _beside(self, own: AttemptResult) -> Any:
        """The caller's attempt has ended, and it is not the only one that counts."""
        self._note(own)
        if self.winner is None:
            self._vars.copy().run(self._contend)
        self._wait()
        return self._concluded()

    def out(self, context: CallContext, conn: Any) -> None:
        """The request is sent: from now on another attempt can end this one. Raises Superseded when one has won."""
        if context is self.first:
            context.conn = conn
            timers = self.hedging.timers
            self._sent_s = sent_s = timers.clock()
            timers.start(sent_s + self._delay_s, weakref.ref(self))
            return
        with self.hedging.lock:
            if self.winner is not None:
                context.cut = True
                raise Superseded
            context.conn = conn

    def join(self, context: CallContext) -> None:
        """A hedge has its connection and is sent now: it counts. Raises Superseded when it is not needed any more."""
        with self.hedging.lock:
            if self.winner is not None:
                raise Superseded
            context.joined = True
            self._host.sent += 1
            if self._trace is not None and context.trace is not None:
                self._trace.join(context.trace)

    def head(self, context: CallContext, status: int | None) -> None:
        """The head of a response is there, or a failure without one. A good response ends the other attempts.

        Before the delay has passed only the caller is here, and its own attempt needs no lock: whoever comes next sees
        the winner.
        """
        first = context is self.first
        if first and not self._contended and status in self.hedging.fatal and not self._host.learns:
            context.conn, self.winner, self.done = None, context, True
            if not self._contended:
                return
        with self.hedging.lock:
            context.conn = None
            if first:
                self.done = True
                if self._host.learns:
                    self._learn(context, status)
            if self.winner in (None, context) and status in self.hedging.fatal:
                self.winner, self.done = context, True
                if self._numbered > 1:
                    self._host.won += not first
                    self._end_others()

    def _learn(self, context: CallContext, status: int | None) -> None:
        if context.cut:
            self._host.took(self._delay_s)
        elif status is not None:
            self._host.took(self.hedging.timers.clock() - self._sent_s)

    def keep(self) -> None:
        """The delay has passed. The lock of the timers is held."""
        self._contended = self.done = True
        if not self.hedging.threads.run(self._in_thread):
            self._not_hedged(NotHedged.THREAD)

    def _in_thread(self) -> None:
        timers, most = self.hedging.timers, self.hedging.settings.max_attempts
        with self.hedging.lock:
            again = self.winner is None and self.first.conn is not None and self._numbered + 1 < most
            self.done = not again
        if again:
            timers.start(timers.clock() + self._delay_s, weakref.ref(self))
        self._vars.copy().run(self._contend)

    def _contend(self) -> None:
        """Sends the next attempt, and further ones for as long as they fail. Raises nothing."""
        while self.winner is None and (context := self._next()) is not None:
            current.set(context)
            try:
                with context.trace or nullcontext():
                    self._note(AttemptResult(context, self._sender.send(self._request, context), None))
            except BaseException as error:
                self._note(AttemptResult(context, None, error))
            if context.trace is not None:
                context.trace.drop_tracebacks()

    def _next(self) -> CallContext | None:
        """The next attempt with all that it needs; None when there is none, or it may not be sent."""
        with self.hedging.lock:
            if self.winner is not None or self._numbered >= self.hedging.settings.max_attempts:
                return None
            self._numbered += 1
        context = CallContext(self.first.deadline_s, race=self)
        reason = self._sender.admit(context)
        with self.hedging.lock:
            if reason is None and self.winner is None:
                self._running += 1
                self._hedges += (context,)
                context.trace = None if self._trace is None else self._trace.fork()
                return context
            if reason is not None and self.winner is None:
                self._not_hedged(reason)
        context.settle(0.0, None)
        context.let_go()
        return None

    def _not_hedged(self, reason: NotHedged) -> None:
        if self._trace is not None and self._trace.attempt is not None:
            self._trace.attempt.unhedged = reason.value

    def _end_others(self) -> None:
        """Ends the attempts whose requests are out. The lock is held, so none of them gives its connection back."""
        for other in (self.first, *self._hedges):
            if other is not self.winner and other.conn is not None:
                other.cut = True
                shut_down(other.conn)
                other.conn = None

    def _note(self, result: AttemptResult) -> None:
        """An attempt has ended. Only the winner's result is kept, or without one the last."""
        with self.hedging.lock:
            self._running -= 1
            needed = self.winner is None or self.winner is result.context
            unused = self._last if needed else result
            if needed:
                self._last = result
            if self._arrived is not None and self._over():
                self._arrived.set()
        if unused is not None:
            unused.close()

    def _over(self) -> bool:
        given = self._last is not None and self._last.context is self.winner
        return given or self._running == 0

    def _wait(self) -> None:
        """Until the winner's result is there, or all attempts have failed. Every attempt has its own timeouts."""
        with self.hedging.lock:
            if self._over():
                return
            self._arrived = threading.Event()
        try:
            self._arrived.wait()
        except BaseException:
            self._give_up()
            raise

    def _give_up(self) -> None:
        """The caller was interrupted: no attempt's result is used."""
        with self.hedging.lock:
            self.winner, self.done = self, True
            self._end_others()

    def _concluded(self) -> Any:
        """The result; the other attempts are marked as lost in the call's trace."""
        last, trace, hedges = self._last, self._trace, self._hedges
        self._last, self._hedges, self.first.race = None, (), None
        if last is None:
            raise Superseded
        if trace is not None:
            if last.context is not self.first:
                trace.lose(trace, self.first.cut)
            for hedge in hedges:
                if hedge is not last.context and hedge.joined and hedge.trace is not None:
                    trace.lose(hedge.trace, abandoned=True)
            if last.context.trace is not None and last.context.joined:
                trace.take_over(last.context.trace)
                lend_to(getattr(last.response, "_connection", None), trace)
        self.first.deadline_timer = last.context.deadline_timer
        if last.error is not None:
            raise last.error
        return last.response
