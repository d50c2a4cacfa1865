"""The state of one pooled connection: the call that uses it, how it was opened, and how it was returned."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, Any

from harness.session.trace.hooks import method_of
from harness.session.trace.pool_gauge import PoolGauge

if TYPE_CHECKING:
    from harness.model.call import Attempt
    from harness.session.trace.trace import CallTrace

_MARK = "_surgeline"


class ConnectionState:
    """Times a connection's `connect`, its TCP and TLS parts apart, through attributes of this one instance.

    A reply may be read, and its connection given back, by another thread than the caller's: so the
    connection itself has a reference to its attempt.
    """

    __slots__ = (
        "_connect",
        "_gauge",
        "_new_conn",
        "_owner",
        "_plain_s",
        "_tunnel",
        "attempt",
        "left_open",
        "opened",
        "trace",
    )

    def __init__(self, conn: Any, gauge: PoolGauge) -> None:
        self.trace: CallTrace | None = None
        self.attempt: Attempt | None = None
        self.left_open = False
        self.opened = False
        self._owner, self._gauge, self._plain_s = weakref.ref(conn), gauge, 0.0
        self._connect = method_of(conn, "connect")
        self._new_conn, self._tunnel = method_of(conn, "_new_conn"), method_of(conn, "_tunnel")
        conn.__dict__.update(
            connect=self.connect, _new_conn=self.new_conn, _tunnel=self.tunnel, **{_MARK: self}
        )

    def connect(self) -> None:
        """Replaces the connection's `connect`; what is neither TCP nor a proxy's tunnel in it is TLS."""
        start = monotonic()
        self._plain_s, self.opened = 0.0, False
        try:
            self._connect(self._owner())
            self.opened = True
            self._gauge.count_opened()
        finally:
            if self.attempt is not None:
                took_s = monotonic() - start
                self.attempt.connect_s += took_s
                if hasattr(self._owner(), "ssl_context"):
                    self.attempt.tls_s = (self.attempt.tls_s or 0.0) + took_s - self._plain_s

    def new_conn(self) -> Any:
        """Replaces the connection's `_new_conn`, which opens the socket."""
        return self._timed(self._new_conn)

    def tunnel(self) -> None:
        """Replaces the connection's `_tunnel`, which requests a tunnel from a proxy."""
        self._timed(self._tunnel)

    def _timed(self, step: Callable[..., Any]) -> Any:
        start = monotonic()
        try:
            return step(self._owner())
        finally:
            self._plain_s += monotonic() - start

    def lend(self, trace: CallTrace | None) -> None:
        """The pool hands the connection to this call, or to an untraced one."""
        self.trace = trace
        self.attempt = trace.attempt if trace is not None else None


def connection_state(conn: Any, gauge: PoolGauge) -> ConnectionState:
    """The connection's state, created at its first use."""
    known: ConnectionState | None = conn.__dict__.get(_MARK)
    return known if known is not None else ConnectionState(conn, gauge)


def lend_to(conn: Any, trace: CallTrace) -> None:
    """The connection is used by this trace's current attempt from now on."""
    known: ConnectionState | None = None if conn is None else conn.__dict__.get(_MARK)
    if known is not None:
        known.lend(trace)
