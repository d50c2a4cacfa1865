"""A bounded number of connections to one host, and a bounded wait for one, first come, first served."""

from __future__ import annotations

import threading
from collections import deque


class Slot:
    """One of the bulkhead's slots; releasing it twice has the effect of once."""

    __slots__ = ("_bulkhead",)

    def __init__(self, bulkhead: Bulkhead) -> None:
        self._bulkhead: Bulkhead | None = bulkhead

    def free(self) -> None:
        """Gives the slot to the longest waiting caller."""
        bulkhead, self._bulkhead = self._bulkhead, None
        if bulkhead is not None:
            bulkhead.leave()


class Bulkhead:
    """Slots are handed over directly, so a newcomer cannot overtake a waiting caller (in urllib3's pool it can)."""

    def __init__(self, connections: int) -> None:
        self._connections = self._free = connections
        self._queue: deque[threading.Lock] = deque()
        self._lock = threading.Lock()

    @property
    def taken(self) -> int:
        """How many places are held."""
        return self._connections - self._free

    def resize(self, connections: int) -> None:
        """Changes the number of places; places beyond it stay taken until they are given back."""
        with self._lock:
            self._free += connections - self._connections
            self._connections = connections
            while self._queue and self._free > 0:
                self._free -= 1
                self._queue.popleft().release()

    @property
    def waiting(self) -> int:
        """How many callers wait."""
        return len(self._queue)

    def enter(self, wait_s: float) -> Slot | None:
        """A slot, after at most `wait_s` seconds; None when none was free."""
        with self._lock:
            if self._free > 0:
                self._free -= 1
                return Slot(self)
            if wait_s <= 0:
                return None
            turn = threading.Lock()
            turn.acquire()
            self._queue.append(turn)
        if turn.acquire(timeout=wait_s):
            return Slot(self)
        with self._lock:
            if turn in self._queue:
                self._queue.remove(turn)
                return None
        return Slot(self)  # The slot was handed over at the moment of the timeout.

    def leave(self) -> None:
        """A slot becomes free."""
        with self._lock:
            if self._queue and self._free == 0:
                self._queue.popleft().release()
            else:
                self._free += 1
