"""Both throttles: at a fixed rate, and by what the host accepts."""

from __future__ import annotations

from fractions import Fraction
from random import Random

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from benchmarks.machines.base import TICK_S, Machine, Window, exact
from harness.model.resilience_settings import AdaptiveThrottleSettings
from harness.session.resilience.throttle import AdaptiveThrottle, RateThrottle

RATES = st.sampled_from([0.25, 0.5, 1.0, 4.0, 64.0])


class BucketModel:
    """A token bucket, which is full at first and may be in debt: an attempt takes a token, and waits until it is there.

    A change of the rate leaves the time until the next token as it is, and what is saved.
    """

    def __init__(self, rate_per_s: float, burst: int) -> None:
        self.rate, self.burst = Fraction(rate_per_s), burst
        self.full_s: Fraction | None = None
        """When the bucket is full again; None before the first attempt."""

    def reserve(self, now: float, most_s: float) -> Fraction | None:
        """Seconds to wait; None where that is more than `most_s`."""
        at, token_s = Fraction(now), 1 / self.rate
        missing_s = max(Fraction(0), self.full_s - at) if self.full_s is not None else Fraction(0)
        wait_s = max(Fraction(0), missing_s + token_s - self.burst * token_s)
        if wait_s > Fraction(most_s):
            return None
        self.full_s = at + missing_s + token_s
        return wait_s

    def change(self, rate_per_s: float) -> None:
        """Without a burst, the time of the next token stays as it is."""
        old_s, new_s = 1 / self.rate, 1 / Fraction(rate_per_s)
        if self.full_s is not None:
            self.full_s += (self.burst - 1) * (new_s - old_s)
        self.rate = Fraction(rate_per_s)


class Scripted(Random):
    """A generator whose next number is known."""

    next = 0.0

    def random(self) -> float:
        """That number."""
        return self.next


class RateThrottleMachine(Machine):
    """Attempts in bursts and pauses, with different patience."""

    @initialize(rate_per_s=RATES, burst=st.integers(1, 5), began=st.integers(0, 300))
    def begin(self, rate_per_s: float, burst: int, began: int) -> None:
        """Soon after the clock's zero, too: it is the machine's start."""
        self.real, self.model = RateThrottle(rate_per_s, burst), BucketModel(rate_per_s, burst)
        self.burst, self.now = burst, began * TICK_S

    @rule(
        count=st.integers(1, 8), patience=st.sampled_from([None, 0.0, 0.25, 1.0, 8.0]), late=st.integers(0, 2)
    )
    def attempts(self, count: int, patience: float | None, late: int) -> None:
        """Some at once."""
        now = max(0.0, self.now - late * TICK_S)
        for _ in range(count):
            real = self.real.reserve(now, patience)
            model = self.model.reserve(now, self.real.wait_s if patience is None else patience)
            assert (None if real is None else Fraction(real)) == model

    @precondition(lambda self: self.burst == 1)
    @rule(rate_per_s=RATES)
    def the_rate_changes(self, rate_per_s: float) -> None:
        """As the lever changes it."""
        self.real.rate_per_s = rate_per_s
        self.model.change(rate_per_s)


class AdaptiveThrottleMachine(Machine):
    """Attempts that the host accepts or not."""

    @initialize(k=st.sampled_from([1.0, 1.1, 2.0]), window_s=st.sampled_from([0.625, 5.0, 120.0]))
    def begin(self, k: float, window_s: float) -> None:
        """Any settings."""
        settings = AdaptiveThrottleSettings(kind="adaptive", k=k, window_s=window_s)
        self.real, self.window, self.k, self.rng = AdaptiveThrottle(settings), Window(window_s), k, Scripted()

    def _expected(self) -> Fraction:
        requests = self.window.count(self.now, "request")
        accepts = self.window.count(self.now, "accept")
        return max(Fraction(0), (requests - exact(self.k) * accepts) / (requests + 1))

    @rule(
        draws=st.lists(st.floats(0.0, 1.0, exclude_max=True), min_size=1, max_size=20), accepted=st.booleans()
    )
    def attempts(self, draws: list[float], accepted: bool) -> None:
        """Some, one after the other."""
        for draw in draws:
            self.rng.next, expected = draw, self._expected()
            sent = self.real.allow(self.now, self.rng)
            assert sent == (draw >= expected) or abs(draw - expected) < 1e-12
            self.window.add(self.now, "request")
            if sent and accepted:
                self.real.accepted(self.now)
                self.window.add(self.now, "accept")

    @invariant()
    def _agree(self) -> None:
        assert abs(self.real.refusal_ratio(self.now) - self._expected()) < 1e-12
