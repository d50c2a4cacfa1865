"""What an event loop on a native thread needs in a process that gevent has patched, and how greenlets wait for it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

import gevent
from gevent.hub import Waiter
from gevent.monkey import get_original

from harness.session.client.loop_thread import ThreadSystem


class HandOver:
    """Resumes greenlets of this thread whose work has ended on another one.

    `in_turn` is called by each greenlet when it continues.
    """

    def __init__(self) -> None:
        self._hub = gevent.get_hub()
        self._ended: deque[Any] = deque()
        self._signal = self._hub.loop.async_()
        self._signal.start(self._resume)
        self.in_turn: Callable[[], object] = lambda: None

    def pending(self) -> GreenletSignal:
        """A signal for the greenlet that waits for it."""
        return GreenletSignal(self, Waiter(self._hub))

    def resume(self, waiter: Any) -> None:
        """From any thread: several greenlets that continue together need one wake-up of the event loop."""
        self._ended.append(waiter)
        self._signal.send()

    def system(self) -> ThreadSystem:
        """The originals of what gevent has replaced."""
        return ThreadSystem(
            start_thread=get_original("_thread", "start_new_thread"),
            selector=get_original("selectors", "DefaultSelector"),
            new_socket=get_original("socket", "socket"),
            getaddrinfo=get_original("socket", "getaddrinfo"),
            pending=self.pending,
        )

    def close(self) -> None:
        """After it no greenlet is resumed any more."""
        self._signal.stop()
        self._signal.close()

    def _resume(self) -> None:
        while self._ended:
            self._ended.popleft().switch(None)


class GreenletSignal:
    """A greenlet waits for it; any thread sets it."""

    __slots__ = ("_hand_over", "_waiter")

    def __init__(self, hand_over: HandOver, waiter: Any) -> None:
        self._hand_over, self._waiter = hand_over, waiter

    def wait(self) -> None:
        """Lets other greenlets run until it is set."""
        self._waiter.get()
        self._hand_over.in_turn()

    def set(self) -> None:
        """Resumes the greenlet."""
        self._hand_over.resume(self._waiter)
