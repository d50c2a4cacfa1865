"""The gauge of the pools to one host, over real pools of urllib3 and connections that are pairs of sockets."""

from __future__ import annotations

from dataclasses import dataclass, field
from socket import socket, socketpair
from typing import Any

import requests
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import EmptyPoolError

from benchmarks.machines.base import Machine
from harness.session.trace.call_trace import CallTracer

URL = "http://upstream.example/"


class PairConnection(HTTPConnection):
    """Connects to a socket in this process; `other_end` is the upstream's."""

    other_end: socket

    def _new_conn(self) -> socket:
        mine, self.other_end = socketpair()
        return mine


@dataclass(slots=True)
class PoolModel:
    """One pool: a stack of places, which are empty or have a connection, and what is out."""

    session: requests.Session
    pool: HTTPConnectionPool
    blocks: bool
    size: int
    stack: list[Any] = field(default_factory=list)
    out: list[Any] = field(default_factory=list)


class PoolGaugeMachine(Machine):
    """Pools that come and go, connections that are taken, opened, given back or dropped by the upstream."""

    @initialize()
    def begin(self) -> None:
        """No pool yet."""
        self.tracer = CallTracer()
        self.pools: list[PoolModel] = []
        self.opened = self.discarded = self.stale = 0

    @precondition(lambda self: len(self.pools) < 3)
    @rule(size=st.integers(1, 3), blocks=st.booleans())
    def a_session_begins(self, size: int, blocks: bool) -> None:
        """It has one pool to the host."""
        session = requests.Session()
        session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=size, pool_block=blocks))
        self.tracer.instrument(session)
        request = session.prepare_request(requests.Request("GET", URL))
        pool = session.get_adapter(URL).get_connection_with_tls_context(request, True)  # type: ignore[attr-defined]
        pool.ConnectionCls = PairConnection
        self.pools.append(PoolModel(session, pool, blocks, size, [None] * size))

    @precondition(lambda self: any(not pool.out for pool in self.pools))
    @rule(which=st.integers(0, 5))
    def a_session_ends(self, which: int) -> None:
        """Its pool is gone with it."""
        idle = [each for each in self.pools if not each.out]
        self.pools.remove(idle[which % len(idle)])

    @precondition(lambda self: self.pools)
    @rule(which=st.integers(0, 5), connects=st.booleans())
    def take(self, which: int, connects: bool) -> None:
        """From the top of the stack; with none left a new one, or an error where the pool blocks."""
        model = self.pools[which % len(self.pools)]
        if not model.stack and model.blocks:
            try:
                model.pool._get_conn(timeout=0.001)
            except EmptyPoolError:
                return
            raise AssertionError("a pool without a place gave a connection")
        expected = model.stack.pop() if model.stack else None
        dead = expected is not None and expected.sock is not None and expected.other_end.fileno() < 0
        conn = model.pool._get_conn(timeout=0.001)
        assert expected is None or conn is expected
        self.stale += dead
        if conn.sock is None and connects:
            conn.connect()
            self.opened += 1
        model.out.append(conn)

    @precondition(lambda self: any(pool.out for pool in self.pools))
    @rule(which=st.integers(0, 5), closed=st.booleans(), lost=st.booleans())
    def give_back(self, which: int, closed: bool, lost: bool) -> None:
        """Open or closed by us, or none at all, as urllib3 does after an error; a full pool closes it."""
        models = [each for each in self.pools if each.out]
        model = models[which % len(models)]
        conn = model.out.pop()
        if closed or lost:
            conn.close()
        is_open, full = conn.sock is not None, len(model.stack) == model.size
        model.pool._put_conn(None if lost else conn)
        if not full:
            model.stack.append(None if lost else conn)
        self.discarded += full and is_open

    @precondition(lambda self: any(conn is not None for pool in self.pools for conn in pool.stack))
    @rule(which=st.integers(0, 20))
    def the_upstream_closes(self, which: int) -> None:
        """An idle connection, which is found dead when it is next taken."""
        idle = [
            conn for pool in self.pools for conn in pool.stack if conn is not None and conn.sock is not None
        ]
        if idle:
            idle[which % len(idle)].other_end.close()

    @invariant()
    def _agree(self) -> None:
        if not self.tracer.gauges:
            return
        (gauge,) = self.tracer.gauges.values()
        assert gauge.maxsize == sum(each.size for each in self.pools)
        assert gauge.in_use == sum(len(each.out) for each in self.pools)
        idle = [
            conn for each in self.pools for conn in each.stack if conn is not None and conn.sock is not None
        ]
        assert gauge.idle == len(idle)
        assert (gauge.opened, gauge.discarded, gauge.stale) == (self.opened, self.discarded, self.stale)
        assert (gauge.waiting, gauge.longest_wait_s(0.0)) == (0, 0.0)
