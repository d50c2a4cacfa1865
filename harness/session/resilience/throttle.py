"""Client-side throttles for one host: at a fixed rate, or by what the host accepts."""

from __future__ import annotations

import threading
from random import Random

from harness.model import resilience_settings
from harness.session.resilience.sliding_window import SlidingWindow


class RateThrottle:
    """Spaces attempts at `rate_per_s`, after a burst; a virtual-scheduling leaky bucket (GCRA, ITU-T I.371)."""

    def __init__(self, rate_per_s: float, burst: int = 1, wait_s: float = 1.0) -> None:
        self.rate_per_s, self.wait_s = rate_per_s, wait_s
        self._burst, self._next_s = burst, float("-inf")
        self._lock = threading.Lock()

    def reserve(self, now: float, wait_s: float | None = None) -> float | None:
        """Seconds until this attempt's reserved time; None when that is beyond `wait_s`, by default the throttle's."""
        most_s = self.wait_s if wait_s is None else wait_s
        spacing_s = 1.0 / self.rate_per_s
        with self._lock:
            turn_s = max(self._next_s, now - spacing_s * (self._burst - 1))
            if turn_s - now > most_s:
                return None
            self._next_s = turn_s + spacing_s
            return max(0.0, turn_s - now)


class AdaptiveThrottle:
    """Refuses a share of the attempts, which grows as the host accepts fewer (SRE book, equation 21.1)."""

    def __init__(self, settings: resilience_settings.AdaptiveThrottleSettings) -> None:
        self._k = settings.k
        self._window = SlidingWindow(settings.window_s)
        self._lock = threading.Lock()

    def refusal_ratio(self, now: float) -> float:
        """max(0, (requests − k·accepts) / (requests + 1)), over the window; requests include refused ones."""
        with self._lock:
            requests, accepts = self._window.counts(now)
        return max(0.0, (requests - self._k * accepts) / (requests + 1.0))

    def allow(self, now: float, rng: Random) -> bool:
        """Whether this attempt may be sent. It counts as a request either way."""
        allowed = rng.random() >= self.refusal_ratio(now)
        with self._lock:
            self._window.add(now)
        return allowed

    def accepted(self, now: float) -> None:
        """The host accepted an attempt."""
        with self._lock:
            self._window.add(now, total=0, marked=1)


Throttle = RateThrottle | AdaptiveThrottle


def throttle(settings: resilience_settings.ThrottleSettings) -> Throttle:
    """The throttle that these settings describe, for one host."""
    match settings:
        case resilience_settings.RateThrottleSettings():
            return RateThrottle(settings.rate_per_s, settings.burst, settings.wait_s)
        case resilience_settings.AdaptiveThrottleSettings():
            return AdaptiveThrottle(settings)
