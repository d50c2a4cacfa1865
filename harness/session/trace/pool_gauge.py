"""Counts of the pools to one host: connections in use, waited for, opened, stale and discarded."""

from __future__ import annotations

import threading
import weakref
from collections import deque
from dataclasses import dataclass, field
from functools import partial

from urllib3.connectionpool import HTTPConnectionPool


class Tally:
    """The connections that one pool has handed out. It ends with the pool, so a lost response is not counted for ever.

    It is the length of a deque, whose append and pop need no lock: every call counts here twice.
    """

    __slots__ = ("_out", "give_back", "take")

    def __init__(self) -> None:
        self._out: deque[None] = deque()
        self.take, self.give_back = partial(self._out.append, None), self._out.pop

    @property
    def in_use(self) -> int:
        """Connections, or slots for one, that are handed out."""
        return len(self._out)


@dataclass(slots=True)
class PoolGauge:
    """All pools to one host. Totals only grow; `in_use`, `idle` and `waiting` are of this moment."""

    host: str
    opened: int = 0
    discarded: int = 0
    stale: int = 0
    waiting_since: dict[int, float] = field(default_factory=dict)
    """The callers that wait for a connection, and since when on the monotonic clock."""
    lock: threading.Lock = field(default_factory=threading.Lock)
    _tallies: weakref.WeakKeyDictionary[HTTPConnectionPool, Tally] = field(
        default_factory=weakref.WeakKeyDictionary
    )

    def enter(self, pool: HTTPConnectionPool) -> Tally:
        """Adds a pool to this host, which is observed from now on."""
        with self.lock:
            return self._tallies.setdefault(pool, Tally())

    @property
    def pools(self) -> list[HTTPConnectionPool]:
        """The pools that still exist."""
        with self.lock:
            return list(self._tallies)

    @property
    def in_use(self) -> int:
        """Connections handed out and not given back, unread streamed responses included."""
        with self.lock:
            return sum(tally.in_use for tally in self._tallies.values())

    @property
    def waiting(self) -> int:
        """Callers that wait for a connection now."""
        return len(self.waiting_since)

    @property
    def maxsize(self) -> int:
        """Slots over all pools of this host."""
        return sum(pool.pool.maxsize for pool in self.pools if pool.pool is not None)

    @property
    def idle(self) -> int:
        """Idle open connections in a pool; urllib3's placeholders do not count."""
        queues = [pool.pool for pool in self.pools if pool.pool is not None]
        return sum(
            1 for queue in queues for conn in list(queue.queue) if conn is not None and conn.sock is not None
        )

    def longest_wait_s(self, now_s: float) -> float:
        """Seconds that the longest waiting caller has waited so far; 0 when none waits."""
        since = list(self.waiting_since.values())
        return now_s - min(since) if since else 0.0

    def count_opened(self) -> None:
        """A connection was established."""
        with self.lock:
            self.opened += 1

    def count_discarded(self) -> None:
        """A connection was returned, and the pool was full."""
        with self.lock:
            self.discarded += 1

    def count_stale(self) -> None:
        """An idle connection in the pool turned out to be dead."""
        with self.lock:
            self.stale += 1
