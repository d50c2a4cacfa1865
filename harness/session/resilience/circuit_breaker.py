"""A circuit breaker for one host. It is consulted before and after each attempt; no lock is held in between."""

from __future__ import annotations

import threading
from typing import Literal

from harness.model import resilience_settings
from harness.session.resilience.sliding_window import SlidingWindow

State = Literal["closed", "open", "half-open"]


class CircuitBreaker:
    """Closed admits all attempts, open none, half-open a few probes; an admitted attempt gets a generation's number.

    A result with the number of an earlier generation does not apply to this one, and is ignored.
    """

    def __init__(self, settings: resilience_settings.BreakerSettings) -> None:
        self._settings = settings
        self._window = SlidingWindow(settings.window_s)
        self._lock = threading.Lock()
        self._generation = 0
        self._state: State = "closed"
        self._reopens_s = 0.0
        self._probes_out = self._probes_good = 0

    def state(self, now: float) -> State:
        """The current state."""
        with self._lock:
            self._look(now)
            return self._state

    def refuses(self, now: float) -> bool:
        """True when `allow` would refuse; uses no probe."""
        with self._lock:
            self._look(now)
            return self._shut()

    def allow(self, now: float) -> int | None:
        """The generation's number, to be handed back with the result; None for a refusal."""
        with self._lock:
            self._look(now)
            if self._shut():
                return None
            self._probes_out += self._state == "half-open"
            return self._generation

    def settle(self, generation: int, now: float, ok: bool | None) -> None:
        """The attempt succeeded or failed; None when it was not sent, which frees a probe."""
        with self._lock:
            self._look(now)
            if generation != self._generation or self._state == "open":
                return
            if self._state == "half-open":
                self._probed(now, ok)
            elif ok is not None:
                self._window.add(now, marked=not ok)
                self._judge(now)

    def _shut(self) -> bool:
        full = self._state == "half-open" and self._probes_out >= self._settings.probes
        return full or self._state == "open"

    def _look(self, now: float) -> None:
        if self._state == "open" and now >= self._reopens_s:
            self._become("half-open")

    def _probed(self, now: float, ok: bool | None) -> None:
        if ok is None:
            self._probes_out -= 1
        elif not ok:
            self._trip(now)
        else:
            self._probes_good += 1
            if self._probes_good >= self._settings.probes:
                self._become("closed")

    def _judge(self, now: float) -> None:
        total, bad = self._window.counts(now)
        if total >= self._settings.minimum and bad / total >= self._settings.failure_ratio:
            self._trip(now)

    def _trip(self, now: float) -> None:
        self._become("open")
        self._reopens_s = now + self._settings.open_s

    def _become(self, state: State) -> None:
        self._state = state
        self._generation += 1
        self._probes_out = self._probes_good = 0
        self._window.clear()
