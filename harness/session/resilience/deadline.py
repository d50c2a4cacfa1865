"""Ends attempts at a deadline: read timeouts bound each wait for bytes, but not a body that arrives slowly."""

from __future__ import annotations

import heapq
import socket
import threading
from collections import deque
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


LONGEST_S = 3600.0
"""The longest sleep of the thread; a longer one than the system allows would end it."""

Reference = Callable[[], Timer | None]
"""Returns a timer, or None when it does not exist any more; a weak reference is one."""


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
    """Runs the timers in one thread, which starts with the first of them.

    Most timers are done long before they are due. So a new timer takes no lock, the thread sleeps until the latest one
    although none may be left by then, and it is woken only for a timer that is due before its next look.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.lock = threading.Lock()
        self.clock = clock
        self._changed = threading.Condition(self.lock)
        self._new: deque[tuple[float, Reference]] = deque()
        self._agenda: list[tuple[float, int, Reference]] = []
        self._number = count()
        self._thread: threading.Thread | None = None
        self._wakes_s, self._latest_s = float("inf"), float("-inf")

    def at(self, when_s: float, conn: Any) -> DeadlineTimer:
        """Starts a timer: at `when_s` on the clock this connection ends, unless cancelled."""
        cut = DeadlineTimer(self, conn)
        self.start(when_s, lambda: cut)
        return cut

    def start(self, when_s: float, timer: Reference) -> None:
        """What `timer` returns is due at `when_s` on the clock; None when it does not exist any more."""
        self._new.append((when_s, timer))
        if (
            when_s < self._wakes_s
        ):  # The thread looks at `_new` after it has set `_wakes_s`, so none is overlooked.
            with self.lock:
                self._changed.notify()
                if self._thread is None:
                    self._thread = threading.Thread(target=self._work, name="surgeline-timers", daemon=True)
                    self._thread.start()

    def keep_due(self, now: float) -> float | None:
        """Fires the timers that are due; returns the time of the next one. The lock is held."""
        while self._new:
            when_s, reference = self._new.popleft()
            self._latest_s = max(self._latest_s, when_s)
            timer = reference()
            if timer is not None and not timer.done:  # Most are done by now, and never come into the heap.
                heapq.heappush(self._agenda, (when_s, next(self._number), reference))
        while self._agenda:
            when_s, _, reference = self._agenda[0]
            timer = reference()
            waits = timer is not None and not timer.done
            if waits and when_s > now:
                return when_s
            heapq.heappop(self._agenda)
            if timer is not None and waits:
                timer.keep()
        return None

    def _work(self) -> None:
        with self.lock:
            while True:
                now = self.clock()
                next_s = self.keep_due(now)
                if next_s is None and self._latest_s > now:
                    next_s = self._latest_s
                self._wakes_s = float("inf") if next_s is None else next_s
                if not self._new:
                    self._changed.wait(None if next_s is None else min(max(0.0, next_s - now), LONGEST_S))
