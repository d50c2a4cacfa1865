"""Spreads calls that continue together over several iterations of the event loop, so that arrivals stay on time.

gevent continues everything that is ready in one iteration before it looks at a timer again. When hundreds of calls
time out together, each costs the client library a millisecond of work, and an arrival that falls due meanwhile has to
wait for all of them. Here calls continue while no arrival is due, and for at most `SLICE_S` in each iteration; the
others keep their order and continue in the next iterations, at least one in each. Every iteration handles the arrivals
that are due first. See docs/decisions/016-the-loop-in-turns.md.
"""

from __future__ import annotations

import math
import time
from collections import deque
from time import monotonic
from typing import Any

import gevent
from gevent._socketcommon import SocketMixin
from gevent.hub import Waiter

SLICE_S = 0.002


class LoopTurns:
    """The turns of this thread's event loop.

    `due_s` is when the next arrival is due, on the monotonic clock; `beginning` counts the arrivals that have been
    dispatched to a free thread and that this thread has not begun yet.
    """

    def __init__(self) -> None:
        self.due_s, self.beginning = math.inf, 0
        self._hub = gevent.get_hub()
        self._waiting: deque[tuple[float, Any]] = deque()
        self._next = self._hub.loop.timer(0.0)
        self._iteration, self._began_s, self._longest_s = -1, 0.0, 0.0

    def install(self) -> None:
        """From now on every call that waited for a socket, or in `time.sleep`, continues in turn."""
        wait_on_socket, sleep = SocketMixin._wait, time.sleep

        def wait_in_turn(*arguments: Any, **named: Any) -> None:
            try:
                wait_on_socket(*arguments, **named)
            finally:  # A timeout continues in turn too. Its timer has been stopped: it cannot fire while it waits.
                self.wait()

        def sleep_in_turn(seconds: Any) -> None:
            sleep(seconds)
            self.wait()

        SocketMixin._wait = wait_in_turn
        time.sleep = sleep_in_turn

    def wait(self) -> None:
        """Returns at once while this iteration has time left, nobody waits and no arrival is due; else in turn."""
        if not self._waiting and self._has_time():
            return
        turn = Waiter(self._hub)
        self._waiting.append((monotonic(), turn))
        if not self._next.active:
            self._next.start(self._continue)
        turn.get()

    def leave(self, seconds: float) -> bool:
        """Whether so much time is left until the next arrival is due."""
        return not self.beginning and self.due_s - monotonic() >= seconds

    def take_longest_s(self) -> float:
        """The longest wait for a turn that has ended since this was last asked, in seconds."""
        longest_s, self._longest_s = self._longest_s, 0.0
        return longest_s

    def _has_time(self) -> bool:
        iteration, now_s = self._hub.loop.iteration, monotonic()
        if iteration != self._iteration:
            self._iteration, self._began_s = iteration, now_s
        return now_s < self.due_s and not self.beginning and now_s - self._began_s < SLICE_S

    def _continue(self) -> None:
        """Runs in the event loop, once in each iteration in which somebody waits."""
        has_time = True  # One continues in any case.
        self._has_time()  # The slice begins.
        while self._waiting and has_time:
            since_s, turn = self._waiting.popleft()
            self._longest_s = max(self._longest_s, monotonic() - since_s)
            turn.switch(None)
            has_time = self._has_time()
        if self._waiting:
            self._next.start(self._continue)
