"""An event loop with timers exact to tens of microseconds, which handles its events in small batches."""

import asyncio
import os
import select
import selectors
from typing import Any

_POLL_ABOVE_S = 60.0
_SPIN_BELOW_S = 0.00005  # a sleep and a wake-up take longer
_SELECT_BELOW_FD = 1024  # select() cannot use larger descriptors
_AT_ONCE = 16
_BOTH = selectors.EVENT_READ | selectors.EVENT_WRITE
_READY = {select.EPOLLIN: selectors.EVENT_READ, select.EPOLLOUT: selectors.EVENT_WRITE}
Ready = tuple[selectors.SelectorKey, int]
"""A key and its ready events; an error or a hang-up counts as both."""


class PreciseSelector(selectors.EpollSelector):
    """epoll with waits exact to the microsecond, which returns a few events at a time.

    epoll_wait counts in milliseconds, and asyncio rounds them up: a timer is half a millisecond late on
    average. select() on the epoll descriptor itself waits the exact time; then epoll returns the ready descriptors.

    Of 500 concurrent requests, asyncio would read all before it handles a timer that is due, and while it
    writes the 500 responses it would read nothing. The requests would stay synchronised, each waiting for
    all the others. With a few events at a time, they spread out within a few iterations.
    """

    def __init__(self) -> None:
        super().__init__()
        self._epoll = select.epoll.fromfd(os.dup(self.fileno()))
        self._keys: dict[int, selectors.SelectorKey] = {}

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        """Watch `fileobj` from now on."""
        key = super().register(fileobj, events, data)
        self._keys[key.fd] = key
        return key

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        """Watch it for other events."""
        key = super().modify(fileobj, events, data)
        self._keys[key.fd] = key
        return key

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        """Stop watching it."""
        key = super().unregister(fileobj)
        del self._keys[key.fd]
        return key

    def close(self) -> None:
        """Close both descriptors."""
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
