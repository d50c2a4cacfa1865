"""Takes every call of any Session apart, without changing what the Session does.

Each mounted adapter's `get_connection_with_tls_context` is wrapped, and each pool it returns gets instance
attributes over five of its methods. urllib3 calls these through `self`, so a user's own adapters, pools and
Retry classes keep working, and a retry, which is `urlopen` calling itself, is seen from inside.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import requests
from requests.adapters import BaseAdapter
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.util import Retry

from harness.model.call import Attempt, Call
from harness.session.outcome import outcome_of

KEY_HEADER, ATTEMPT_HEADER = "X-Surgeline-Key", "X-Surgeline-Attempt"


@dataclass(slots=True)
class Gauge:
    """The pools towards one host, summed: what is taken, waited for, opened and thrown away."""

    host: str
    in_use: int = 0
    waiting: int = 0
    opened: int = 0
    discarded: int = 0
    pools: weakref.WeakSet[HTTPConnectionPool] = field(default_factory=weakref.WeakSet)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def maxsize(self) -> int:
        """Slots over all pools of this host."""
        return sum(pool.pool.maxsize for pool in list(self.pools) if pool.pool is not None)

    @property
    def idle(self) -> int:
        """Open connections that lie in a pool; urllib3's placeholders do not count."""
        pools = [pool.pool for pool in list(self.pools) if pool.pool is not None]
        return sum(1 for queue in pools for conn in list(queue.queue) if conn is not None and conn.sock is not None)

    def add(self, in_use: int = 0, waiting: int = 0, opened: int = 0, discarded: int = 0) -> None:
        """Counts, safely under threads."""
        with self.lock:
            self.in_use += in_use
            self.waiting += waiting
            self.opened += opened
            self.discarded += discarded


@dataclass(slots=True)
class Trace:
    """One call while it runs. `ended_s` and `put_s` are clock readings of the current attempt."""

    call: Call
    keyed: bool
    attempt: Attempt | None = None
    ended_s: float = 0.0
    put_s: float = 0.0
    connected: bool = False


_current: ContextVar[Trace | None] = ContextVar("surgeline_call", default=None)


class Anatomy:
    """Observes Sessions. One per process; `epoch_s` is the clock reading that the calls' times count from."""

    def __init__(self, epoch_s: float = 0.0) -> None:
        self.epoch_s = epoch_s
        self.gauges: dict[str, Gauge] = {}

    def now(self) -> float:
        """Seconds since the epoch."""
        return monotonic() - self.epoch_s

    def instrument(self, session: requests.Session) -> requests.Session:
        """Observes a Session's adapters, also those that are mounted later. Returns the same Session."""
        get_adapter = session.get_adapter

        def observed(url: str) -> BaseAdapter:
            adapter = get_adapter(url)
            self._observe_adapter(adapter)
            return adapter

        session.get_adapter = observed  # type: ignore[method-assign]
        return session

    @contextmanager
    def calling(self, call: Call, keyed: bool) -> Iterator[Trace]:
        """Every attempt made inside belongs to `call`; `keyed` sends the call's key along for the upstream."""
        trace = Trace(call, keyed)
        token = _current.set(trace)
        try:
            yield trace
        finally:
            _current.reset(token)

    def _observe_adapter(self, adapter: BaseAdapter) -> None:
        if "_surgeline" in adapter.__dict__ or not hasattr(adapter, "get_connection_with_tls_context"):
            return
        get_pool: Callable[..., HTTPConnectionPool] = adapter.get_connection_with_tls_context

        def observed(*args: Any, **kwargs: Any) -> HTTPConnectionPool:
            pool = get_pool(*args, **kwargs)
            if "_surgeline" not in pool.__dict__:
                self._observe_pool(pool)
            return pool

        adapter.__dict__["_surgeline"] = self
        adapter.get_connection_with_tls_context = observed

    def _observe_pool(self, pool: HTTPConnectionPool) -> None:
        host = f"{pool.scheme}://{pool.host}:{pool.port}"
        gauge = self.gauges.setdefault(host, Gauge(host))
        gauge.pools.add(pool)
        pool.__dict__["_surgeline"] = self
        pool.ConnectionCls = _timed(pool.ConnectionCls)
        hooks: dict[str, object] = {
            "urlopen": self._urlopen(pool.urlopen, host),
            "_get_conn": _get_conn(pool._get_conn, gauge),
            "_make_request": _make_request(pool._make_request, gauge),
            "_put_conn": _put_conn(pool._put_conn, gauge),
        }
        pool.__dict__.update(hooks)

    def _urlopen(self, urlopen: Callable[..., Any], host: str) -> Callable[..., Any]:
        def observed(
            method: str, url: str, body: Any = None, headers: Any = None, retries: Any = None, *args: Any, **kw: Any
        ) -> Any:
            trace = _current.get()
            if trace is None:
                return urlopen(method, url, body, headers, retries, *args, **kw)
            now = monotonic()
            if trace.attempt is not None:
                _close_attempt(trace, now, retries)
            attempts = trace.call.attempts
            trace.attempt = Attempt(len(attempts), now - self.epoch_s, host)
            trace.connected = False
            attempts.append(trace.attempt)
            if trace.keyed:
                headers = {} if headers is None else headers
                headers[KEY_HEADER] = trace.call.key
                headers[ATTEMPT_HEADER] = str(trace.attempt.number)
            return urlopen(method, url, body, headers, retries, *args, **kw)

        return observed


def _close_attempt(trace: Trace, now: float, retries: object) -> None:
    """Another attempt follows this one: what lay between them was a drain and a backoff, or a redirect."""
    attempt = trace.attempt
    assert attempt is not None  # noqa: S101
    history = retries.history if isinstance(retries, Retry) else ()
    if not history:
        attempt.reason = "redirect"
        return
    last = history[-1]
    attempt.reason = str(last.status) if last.status else outcome_of(last.error).value if last.error else "other"
    if attempt.error:
        attempt.backoff_s, attempt.backoff_held = trace.put_s - trace.ended_s, True
    else:
        attempt.drain_s, attempt.body_s = attempt.body_s, 0.0
        attempt.backoff_s = now - trace.put_s


def _get_conn(get_conn: Callable[..., Any], gauge: Gauge) -> Callable[..., Any]:
    def observed(timeout: float | None = None) -> Any:
        trace = _current.get()
        gauge.add(waiting=1)
        start = monotonic()
        taken = 0
        try:
            conn = get_conn(timeout=timeout)
            taken = 1
            return conn
        finally:
            gauge.add(waiting=-1, in_use=taken)
            if trace is not None and trace.attempt is not None:
                trace.attempt.pool_wait_s = monotonic() - start

    return observed


def _make_request(make_request: Callable[..., Any], gauge: Gauge) -> Callable[..., Any]:
    def observed(conn: Any, *args: Any, **kwargs: Any) -> Any:
        trace = _current.get()
        fresh = conn.sock is None
        if trace is None or trace.attempt is None:
            response = make_request(conn, *args, **kwargs)
            gauge.add(opened=int(fresh))
            return response
        attempt = trace.attempt
        attempt.new_connection = fresh
        start = monotonic()
        try:
            response = make_request(conn, *args, **kwargs)
            attempt.status = response.status
            return response
        except BaseException as error:
            attempt.error = outcome_of(error).value
            raise
        finally:
            trace.ended_s = trace.put_s = monotonic()
            attempt.first_byte_s = trace.ended_s - start
            if trace.connected:
                gauge.add(opened=1)

    return observed


def _put_conn(put_conn: Callable[..., Any], gauge: Gauge) -> Callable[..., Any]:
    def observed(conn: Any) -> None:
        trace = _current.get()
        was_open = conn is not None and conn.sock is not None
        if trace is not None and trace.attempt is not None:
            trace.put_s = monotonic()
            if not trace.attempt.error:
                trace.attempt.body_s = trace.put_s - trace.ended_s
        try:
            put_conn(conn)
        finally:
            thrown = int(was_open and conn.sock is None)
            gauge.add(in_use=-1, discarded=thrown)
            if thrown and trace is not None and trace.attempt is not None:
                trace.attempt.discarded = True

    return observed


_timed_classes: dict[type[Any], type[Any]] = {}


def _timed(kind: type[Any]) -> type[Any]:
    """A subclass of a connection class that times `connect`, TLS included; one per class."""
    if getattr(kind, "_surgeline", False):
        return kind
    if kind not in _timed_classes:

        def connect(self: HTTPConnection) -> None:
            trace = _current.get()
            start = monotonic()
            try:
                kind.connect(self)
                if trace is not None:
                    trace.connected = True
            finally:
                if trace is not None and trace.attempt is not None:
                    trace.attempt.connect_s += monotonic() - start

        _timed_classes[kind] = type(kind.__name__, (kind,), {"connect": connect, "_surgeline": True})
    return _timed_classes[kind]
