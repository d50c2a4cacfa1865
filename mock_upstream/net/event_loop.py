"""An event loop whose timers are on time to tens of microseconds, and that never attends to one side for long."""

import asyncio
import os
import select
import selectors
from typing import Any

_POLL_ABOVE_S = 60.0
_SPIN_BELOW_S = 0.00005  # going to sleep and waking up again takes longer
_SELECT_BELOW_FD = 1024  # select() can't look at larger descriptors
_AT_ONCE = 16
_BOTH = selectors.EVENT_READ | selectors.EVENT_WRITE
_READY = {select.EPOLLIN: selectors.EVENT_READ, select.EPOLLOUT: selectors.EVENT_WRITE}
Ready = tuple[selectors.SelectorKey, int]
"""A key, and for what it is ready; an error or a hang-up shows to whoever reads or writes."""


class PreciseSelector(selectors.EpollSelector):
    """epoll that waits to the microsecond and hands out a few events at a time.

    epoll_wait counts in milliseconds, and asyncio rounds them up: a timer is half a millisecond late on
    average. select() on the epoll descriptor itself waits the exact time; then epoll tells who is ready.

    Of 500 requests that come at once, asyncio would read all before it looked at a timer that is due; and
    while the 500 answers are written nobody would be read. The volley would go round for ever, each
    request waiting for the rest of it. A few at a time, it spreads within a few rounds.
    """

    def __init__(self) -> None:
        super().__init__()
        self._epoll = select.epoll.fromfd(os.dup(self.fileno()))
        self._keys: dict[int, selectors.SelectorKey] = {}

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        """Look at `fileobj` from now on."""
        key = super().register(fileobj, events, data)
        self._keys[key.fd] = key
        return key

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        """Look at it for other events."""
        key = super().modify(fileobj, events, data)
        self._keys[key.fd] = key
        return key

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        """Look at it no more."""
        key = super().unregister(fileobj)
        del self._keys[key.fd]
        return key

    def close(self) -> None:
        """Give both descriptors back."""
        self._epoll.close()
        super().close()

    def select(self, timeout: float | None = None) -> list[Ready]:
        """Return a few that are ready, at the latest after `timeout` seconds."""
        if timeout is None or timeout > _POLL_ABOVE_S or self.fileno() >= _SELECT_BELOW_FD:
            return self._poll(timeout)
        ready = self._poll(0)
        if ready or timeout < _SPIN_BELOW_S:
            return ready
        select.select((self.fileno(),), (), (), timeout)
        return self._poll(0)

    def _poll(self, timeout: float | None) -> list[Ready]:
        keys = self._keys
        return [(keys[fd], _READY.get(event, _BOTH)) for fd, event in self._epoll.poll(timeout, _AT_ONCE)]


def new_loop() -> asyncio.AbstractEventLoop:
    """Return an event loop with exact timers."""
    selector: Any = PreciseSelector()
    return asyncio.SelectorEventLoop(selector)
