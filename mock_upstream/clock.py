"""An event loop whose timers are on time to tens of microseconds."""

import asyncio
import select
import selectors
from typing import Any

_POLL_ABOVE_S = 60.0
_SPIN_BELOW_S = 0.00005  # going to sleep and waking up again takes longer
_SELECT_BELOW_FD = 1024  # select() can't look at larger descriptors


class PreciseSelector(selectors.EpollSelector):
    """epoll that waits to the microsecond.

    epoll_wait counts in milliseconds, and asyncio rounds them up: a timer is half a millisecond late on
    average. select() on the epoll descriptor itself waits the exact time; then epoll tells who is ready.
    """

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return the ready (key, events) pairs, at the latest after `timeout` seconds."""
        exact = self.fileno() < _SELECT_BELOW_FD
        if timeout is None or timeout <= 0 or timeout > _POLL_ABOVE_S or not exact:
            return super().select(timeout)
        ready = super().select(0)
        if ready or timeout < _SPIN_BELOW_S:
            return ready
        select.select((self.fileno(),), (), (), timeout)
        return super().select(0)


def new_loop() -> asyncio.AbstractEventLoop:
    """Return an event loop with exact timers."""
    selector: Any = PreciseSelector()
    return asyncio.SelectorEventLoop(selector)
