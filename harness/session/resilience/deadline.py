"""Ends attempts at a deadline: read timeouts bound each wait for bytes, but not a body that arrives slowly."""

from __future__ import annotations

import heapq
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from typing import Any, Protocol


class Timer(Protocol):
    """What is due at a time, unless it is `done` before."""

    @property
    def done(self) -> bool: ...

    def keep(self) -> object:
        """It is due. The scheduler's lock is held, so it must not wait."""


def shut_down(conn: Any) -> bool:
    """Ends both directions of a connection, so that its reader gets the end at once; False where it has no socket."""
    sock = getattr(conn, "sock", None)
    if not isinstance(sock, socket.socket):
        return False
    with suppress(OSError, ValueError):  # It ended at the same moment.
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
    return True


class DeadlineTimer:
    """A timer that ends one connection. `due` becomes True when it has fired."""

    __slots__ = ("_conn", "_cutter", "_shutdown", "done", "due")

    def __init__(self, deadline_scheduler: DeadlineScheduler, conn: Any) -> None:
        self._cutter, self._conn = deadline_scheduler, conn
        self._shutdown: Callable[[int], object] | None = None
        self.due = self.done = False

    def answered(self, response: Any) -> None:
        """The head is read. A connection that will not be kept leaves its socket to the response alone."""
        self._shutdown = getattr(response, "_sock_shutdown", None)

    def cancel(self) -> None:
        """The connection is given back, and must not be shut down any more."""
        with self._cutter.lock:
            self.done = True
            self._conn = self._shutdown = None

    def keep(self) -> None:
        """Shuts the socket down, so that its reader gets the end immediately. The lock is held."""
        if self.done:
            return
        self.due = self.done = True
        if not shut_down(self._conn) and self._shutdown is not None:
            with suppress(OSError, ValueError):
                self._shutdown(socket.SHUT_RD)
        self._conn = self._shutdown = None


class DeadlineScheduler:
    """Runs the timers in one thread, which starts with the first of them."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.lock = threading.Lock()
        self.clock = clock
        self._changed = threading.Condition(self.lock)
        self._agenda: list[tuple[float, int, Timer]] = []
        self._number = count()
        self._thread: threading.Thread | None = None

    def at(self, when_s: float, conn: Any) -> DeadlineTimer:
        """Starts a timer: at `when_s` on the clock this connection ends, unless cancelled."""
        cut = DeadlineTimer(self, conn)
        self.start(when_s, cut)
        return cut

    def start(self, when_s: float, timer: Timer) -> None:
        """The timer is due at `when_s` on the clock."""
        with self.lock:
            heapq.heappush(self._agenda, (when_s, next(self._number), timer))
            if self._agenda[0][2] is timer:
                self._changed.notify()
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="surgeline-timers", daemon=True)
                self._thread.start()

    def keep_due(self, now: float) -> float | None:
        """Fires the timers that are due; returns the time of the next one. The lock is held."""
        while self._agenda and (self._agenda[0][0] <= now or self._agenda[0][2].done):
            timer = heapq.heappop(self._agenda)[2]
            if not timer.done:
                timer.keep()
        return self._agenda[0][0] if self._agenda else None

    def _work(self) -> None:
        with self.lock:
            while True:
                now = self.clock()
                next_s = self.keep_due(now)
                self._changed.wait(None if next_s is None else max(0.0, next_s - now))
