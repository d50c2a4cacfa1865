"""A few threads that wait for hedges to send; under gevent they are greenlets."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue


class HedgeThreads:
    """At most `most` daemon threads, each started when no other is idle. Idle ones are kept."""

    def __init__(self, most: int) -> None:
        self._most, self._idle, self.started = most, 0, 0
        self._lock = threading.Lock()
        self._work: SimpleQueue[Callable[[], object]] = SimpleQueue()

    @property
    def busy(self) -> int:
        """How many threads work."""
        return self.started - self._idle

    def run(self, work: Callable[[], object]) -> bool:
        """Gives the work to an idle or a new thread; False when all are busy. The work must not raise."""
        with self._lock:
            if self._idle:
                self._idle -= 1
            elif self.started < self._most:
                self.started += 1
                threading.Thread(target=self._serve, name="surgeline-hedge", daemon=True).start()
            else:
                return False
        self._work.put(work)
        return True

    def _serve(self) -> None:
        while True:
            self._work.get()()
            with self._lock:
                self._idle += 1
