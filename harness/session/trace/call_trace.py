"""Traces every call of any Session, without changing the Session's behaviour.

Each pool that a Session uses gets instance attributes over four of its methods, and each connection over two.
urllib3 calls these through `self`, so a user's own adapters, pools and Retry classes keep working, and a retry,
which is `urlopen` calling itself, is seen from inside.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from http.client import BadStatusLine
from threading import get_ident
from time import monotonic
from typing import Any

import requests
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import EmptyPoolError
from urllib3.util import Retry

from harness.model.call import Attempt, Call
from harness.session.outcome import outcome_of, outcome_of_handshake
from harness.session.trace.connection import connection_state
from harness.session.trace.hooks import add_hooks, method_of
from harness.session.trace.pool_gauge import PoolGauge, Tally
from harness.session.trace.trace import CallTrace, current_trace

KEY_HEADER, ATTEMPT_HEADER = "X-Surgeline-Key", "X-Surgeline-Attempt"
"""Which request this is, and from its first retry on, which attempt of it."""


class CallTracer:
    """Observes Sessions. One per process; `epoch_s` is the clock reading that the calls' times count from.

    Before each attempt it calls `give_way`, for callers that are greenlets rather than threads.
    """

    def __init__(self, epoch_s: float = 0.0) -> None:
        self.epoch_s = epoch_s
        self.give_way: Callable[[], object] = lambda: None
        self.gauges: dict[str, PoolGauge] = {}

    def now(self) -> float:
        """Seconds since the epoch."""
        return monotonic() - self.epoch_s

    def instrument(self, session: requests.Session) -> requests.Session:
        """Observes a Session's adapters, also those that are mounted later. Returns the same Session."""
        return add_hooks(session, self._observe_pool)

    def calling(self, call: Call, keyed: bool) -> CallTrace:
        """Every attempt made inside belongs to `call`; `keyed` sends the call's key along for the upstream."""
        return CallTrace(call, keyed)

    def _observe_pool(self, pool: HTTPConnectionPool) -> None:
        host = f"{pool.scheme}://{pool.host}:{pool.port}"
        gauge = self.gauges.get(host) or self.gauges.setdefault(host, PoolGauge(host))
        observed = _ObservedPool(self, pool, gauge, gauge.enter(pool))
        hooks: dict[str, Callable[..., Any]] = {
            "urlopen": observed.urlopen,
            "_get_conn": observed.get_conn,
            "_make_request": observed.make_request,
            "_put_conn": observed.put_conn,
        }
        pool.__dict__.update(hooks)


class _ObservedPool:
    """The replacements of four methods of one pool. Each calls the pool's own and measures its time."""

    __slots__ = (
        "_gauge", "_get_conn", "_give_back", "_make_request", "_pool", "_put_conn", "_take", "_tracer", "_urlopen",
    )  # fmt: skip

    def __init__(self, tracer: CallTracer, pool: HTTPConnectionPool, gauge: PoolGauge, tally: Tally) -> None:
        self._tracer, self._pool, self._gauge = tracer, weakref.ref(pool), gauge
        self._take, self._give_back = tally.take, tally.give_back
        self._urlopen, self._make_request = method_of(pool, "urlopen"), method_of(pool, "_make_request")
        self._get_conn, self._put_conn = method_of(pool, "_get_conn"), method_of(pool, "_put_conn")

    def urlopen(
        self,
        method: str,
        url: str,
        body: Any = None,
        headers: Any = None,
        retries: Any = None,
        *args: Any,
        **kw: Any,
    ) -> Any:
        """One attempt begins; the one before it, if any, is complete now."""
        trace = current_trace()
        if trace is None:
            return self._urlopen(self._pool(), method, url, body, headers, retries, *args, **kw)
        self._tracer.give_way()
        now = monotonic()
        if trace.attempt is not None:
            _close_attempt(trace, trace.attempt, now, retries)
            trace.drop_tracebacks()
        trace.attempt = attempt = Attempt(trace.numbered, now - self._tracer.epoch_s, self._gauge.host)
        trace.numbered += 1
        trace.call.attempts.append(attempt)
        if trace.waits_s:
            for field, waited_s in trace.waits_s.items():
                setattr(attempt, field, waited_s)
            trace.waits_s = {}
        if trace.keyed and headers is not None:
            if attempt.number:  # On a copy: the request may be sent again, as another call's first attempt.
                headers = headers.copy()
                headers[ATTEMPT_HEADER] = str(attempt.number)
            headers[KEY_HEADER] = trace.call.key
        try:
            return self._urlopen(self._pool(), method, url, body, headers, retries, *args, **kw)
        except BaseException as error:
            trace.failed(error)
            if not attempt.error and not attempt.status:
                attempt.error = outcome_of(error).value
            raise

    def get_conn(self, *args: Any, **kwargs: Any) -> Any:
        """Waits for a connection. A wait in progress is in the gauge, so that a starved caller is visible."""
        trace, gauge = current_trace(), self._gauge
        if trace is None:
            caller, attempt = get_ident(), None
        else:
            caller, attempt = id(trace), trace.attempt
        gauge.waiting_since[caller] = start = monotonic()
        try:
            conn = self._get_conn(self._pool(), *args, **kwargs)
        except EmptyPoolError:
            raise
        except BaseException:
            self._take()  # After any other failure of a get, urllib3 calls put.
            raise
        finally:
            del gauge.waiting_since[caller]
            got_s = monotonic()
            if trace is not None and attempt is not None:
                attempt.pool_wait_s += got_s - start
                trace.got_s = trace.head_s = trace.put_s = got_s
        self._take()
        memory = connection_state(conn, gauge)
        memory.trace, memory.attempt = trace, attempt
        if conn.sock is None:
            if memory.left_open:
                gauge.count_stale()
            if attempt is not None:
                attempt.new_connection, attempt.stale = True, memory.left_open
        return conn

    def make_request(self, conn: Any, *args: Any, **kwargs: Any) -> Any:
        """The request goes out and the response's head comes in."""
        trace = current_trace()
        if trace is None or trace.attempt is None:
            return self._make_request(self._pool(), conn, *args, **kwargs)
        attempt = trace.attempt
        try:
            response = self._make_request(self._pool(), conn, *args, **kwargs)
            attempt.status, trace.response = response.status, response
            return response
        except BaseException as error:
            trace.failed(error)
            if attempt.new_connection and not connection_state(conn, self._gauge).opened:
                attempt.error = outcome_of_handshake(error, encrypts=hasattr(conn, "ssl_context")).value
            else:
                attempt.error = outcome_of(error).value
            if not attempt.new_connection and _was_gone(error):
                attempt.stale = True
                self._gauge.count_stale()
            raise
        finally:
            trace.head_s = trace.put_s = monotonic()
            attempt.first_byte_s = trace.head_s - trace.got_s

    def put_conn(self, conn: Any) -> None:
        """The connection is returned, after the body or instead of it, by any thread."""
        memory = connection_state(conn, self._gauge) if conn is not None else None
        trace = memory.trace if memory is not None else current_trace()
        attempt = memory.attempt if memory is not None else trace.attempt if trace is not None else None
        if trace is not None and attempt is not None and trace.attempt is attempt:
            trace.put_s = monotonic()
            if not attempt.error:
                attempt.body_s = trace.put_s - trace.head_s
        open_before = conn is not None and conn.sock is not None
        try:
            self._put_conn(self._pool(), conn)
        finally:
            discarded = open_before and conn.sock is None
            self._give_back()
            if discarded:
                self._gauge.count_discarded()
                if attempt is not None:
                    attempt.discarded = True
            if memory is not None:
                memory.trace = memory.attempt = None
                memory.left_open = conn.sock is not None


def _close_attempt(trace: CallTrace, attempt: Attempt, now: float, retries: object) -> None:
    """Another attempt follows this one: what lay between them was a drain and a backoff, or a redirect."""
    history = retries.history if isinstance(retries, Retry) else ()
    held_s, free_s = trace.put_s - trace.head_s, now - trace.put_s - sum(trace.waits_s.values())
    if history and history[-1].error is not None:
        attempt.error = attempt.error or outcome_of(history[-1].error).value
        attempt.reason = attempt.error
        # urllib3 sleeps before it gives the slot of a failed connection back; surgeline's own backoff sleeps after.
        attempt.backoff_s, attempt.backoff_held = held_s + free_s, held_s > free_s
        return
    attempt.backoff_s = free_s
    if history:
        attempt.drain_s, attempt.body_s = attempt.body_s, 0.0
        attempt.reason = str(history[-1].status)
    elif 300 <= attempt.status < 400:
        attempt.reason = "redirect"
    else:  # Code above urllib3 retries: an auth handler, or a loop around the Session.
        attempt.reason = str(attempt.status) if attempt.status else attempt.error or "again"


def _was_gone(error: BaseException) -> bool:
    """The peer had closed this connection before it could respond."""
    return isinstance(error, ConnectionResetError | BrokenPipeError | BadStatusLine)
