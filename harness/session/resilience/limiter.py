"""A limit on the attempts to one host under way at once, which is decided anew from their response times."""

from __future__ import annotations

import threading
from random import Random

from harness.model.limiter_settings import LimiterSettings
from harness.session.limits import rules
from harness.session.limits.sample import LimitState, WindowSample
from harness.session.resilience.bulkhead import Bulkhead, Slot

SHORTEST_S = 1e-6
"""A clock may not have advanced between the request and the response."""


class Admission:
    """A place under the limit, for one attempt. Releasing it twice has the effect of once."""

    __slots__ = ("_in_flight", "_limiter", "_sent_s", "_slot")

    def __init__(self, limiter: Limiter, slot: Slot, in_flight: int) -> None:
        self._limiter, self._slot, self._in_flight = limiter, slot, in_flight
        self._sent_s: float | None = None

    def sent(self, now: float) -> None:
        """The request is sent now."""
        self._sent_s = now

    def settle(self, now: float, dropped: bool) -> None:
        """The head of the response is there, or the attempt was `dropped`. It counts once, and only if it was sent."""
        sent_s, self._sent_s = self._sent_s, None
        if sent_s is not None:
            self._limiter.ended(sent_s, now, dropped, self._in_flight)

    def free(self) -> None:
        """Gives the place to the longest waiting caller."""
        self._slot.free()


class Limiter:
    """The limit towards one host, for callers on any thread. `rng` has the probes' jitter."""

    def __init__(self, settings: LimiterSettings, now: float, rng: Random) -> None:
        self.settings, self._rng = settings, rng
        self._state = rules.begin(settings, now)
        self._places = Bulkhead(int(self._state.limit))
        self._lock = threading.Lock()
        self._responses_s: list[float] = []
        self._dropped = self._most_in_flight = 0

    @property
    def state(self) -> LimitState:
        """The state of its rule."""
        return self._state

    @property
    def limit(self) -> float:
        """The limit with its fraction; the places are the whole number below."""
        return self._state.limit

    @property
    def in_flight(self) -> int:
        """The attempts under way."""
        return self._places.taken

    @property
    def waiting(self) -> int:
        """The attempts that wait for a place."""
        return self._places.waiting

    def enter(self, wait_s: float) -> Admission | None:
        """A place, after at most `wait_s` seconds; None when none was free."""
        slot = self._places.enter(wait_s)
        return None if slot is None else Admission(self, slot, self._places.taken)

    def ended(self, sent_s: float, now: float, dropped: bool, in_flight: int) -> None:
        """Counts an attempt; at the end of a window the limit is decided anew."""
        with self._lock:
            state = self._state
            if sent_s < state.since_s:
                return
            if dropped:
                self._dropped += 1
            else:
                self._responses_s.append(max(now - sent_s, SHORTEST_S))
            self._most_in_flight = max(self._most_in_flight, in_flight)
            if now >= state.until_s and self._count(state) >= state.samples:
                self._decide(now)

    def _count(self, state: LimitState) -> int:
        return len(self._responses_s) + (self._dropped if state.counts_drops else 0)

    def _decide(self, now: float) -> None:
        full = self.in_flight >= int(self._state.limit)
        sample = WindowSample(
            tuple(self._responses_s), self._most_in_flight, self._dropped, full, self._rng.random()
        )
        self._responses_s, self._dropped, self._most_in_flight = [], 0, 0
        self._state = rules.update(self.settings, self._state, sample, now)
        self._places.resize(int(self._state.limit))
