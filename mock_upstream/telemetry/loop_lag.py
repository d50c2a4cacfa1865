"""The lag of the event loop: it shows whether the upstream, rather than the client, is the bottleneck."""

import asyncio
from collections import deque

_EVERY_S = 0.05


class LoopLag:
    """Measures the loop's lag 20 times a second and keeps the last minute (seconds)."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._lags_s: deque[float] = deque([0.0], maxlen=1200)
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to measure."""
        due_s = self._loop.time() + _EVERY_S
        self._timer = self._loop.call_at(due_s, self._measure, due_s)

    def stop(self) -> None:
        """Stop measuring."""
        if self._timer is not None:
            self._timer.cancel()

    @property
    def last_s(self) -> float:
        """The latest lag."""
        return self._lags_s[-1]

    @property
    def worst_s(self) -> float:
        """The greatest lag of the last minute."""
        return max(list(self._lags_s))

    def _measure(self, due_s: float) -> None:
        now = self._loop.time()
        self._lags_s.append(max(0.0, now - due_s))
        self._timer = self._loop.call_at(now + _EVERY_S, self._measure, now + _EVERY_S)
