"""The circuit breaker."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from benchmarks.machines.base import TICK_S, Machine, Window, exact
from harness.model.resilience_settings import BreakerSettings
from harness.session.resilience.circuit_breaker import CircuitBreaker

SETTINGS = st.builds(
    BreakerSettings,
    failure_ratio=st.sampled_from([0.07, 0.1, 0.29, 0.5, 0.7, 1.0]),
    minimum=st.integers(1, 6),
    window_s=st.sampled_from([0.625, 5.0, 10.0]),
    open_s=st.sampled_from([0.5, 5.0]),
    probes=st.integers(1, 3),
)
RESULTS = st.sampled_from([True, False, None])


class BreakerModel:
    """Every attempt has a permit: the period in which it was admitted. A period ends with each change of state."""

    def __init__(self, settings: BreakerSettings) -> None:
        self.settings, self.window = settings, Window(settings.window_s)
        self.period, self.state, self.opened_s = 0, "closed", 0.0
        self.out = self.good = 0

    def look(self, now: float) -> str:
        """The state at a time."""
        if self.state == "open" and exact(now) >= exact(self.opened_s) + exact(self.settings.open_s):
            self._change("half-open")
        return self.state

    def refuses(self, now: float) -> bool:
        """Open refuses all, half-open all but so many probes."""
        state = self.look(now)
        return state == "open" or (state == "half-open" and self.out + self.good >= self.settings.probes)

    def allow(self, now: float) -> int | None:
        """A permit."""
        if self.refuses(now):
            return None
        self.out += 1
        return self.period

    def settle(self, permit: int, now: float, ok: bool | None) -> None:
        """The end of an attempt; one of an earlier period says nothing about this one."""
        if self.look(now) == "open" or permit != self.period:
            return
        self.out -= 1
        if ok is None:
            return
        if self.state == "half-open":
            self.good += ok
            if not ok:
                self._open(now)
            elif self.good == self.settings.probes:
                self._change("closed")
            return
        self.window.add(now, "good" if ok else "bad")
        bad = self.window.count(now, "bad")
        total = bad + self.window.count(now, "good")
        if total >= self.settings.minimum and bad >= exact(self.settings.failure_ratio) * total:
            self._open(now)

    def _open(self, now: float) -> None:
        self._change("open")
        self.opened_s = now

    def _change(self, state: str) -> None:
        self.state, self.period, self.out, self.good = state, self.period + 1, 0, 0
        self.window.clear()


class BreakerMachine(Machine):
    """Attempts that end at once, late or not at all, and readings of the clock that are a little late."""

    @initialize(settings=SETTINGS)
    def begin(self, settings: BreakerSettings) -> None:
        """Any settings."""
        self.real, self.model = CircuitBreaker(settings), BreakerModel(settings)
        self.permits: list[tuple[int, int]] = []

    @rule(late=st.integers(0, 2))
    def attempt(self, late: int) -> None:
        """One begins, or is refused."""
        now = max(0.0, self.now - late * TICK_S)
        real, model = self.real.allow(now), self.model.allow(now)
        assert (real is None) == (model is None)
        if real is not None and model is not None:
            self.permits.append((real, model))

    @rule(results=st.lists(RESULTS, min_size=1, max_size=110))
    def attempts(self, results: list[bool | None]) -> None:
        """Several, one after the other."""
        for ok in results:
            self.attempt(0)
            if self.permits:
                self._settle(-1, self.now, ok)

    @precondition(lambda self: self.permits)
    @rule(which=st.integers(0, 50), late=st.integers(0, 2), ok=RESULTS)
    def end(self, which: int, late: int, ok: bool | None) -> None:
        """One ends."""
        self._settle(which % len(self.permits), max(0.0, self.now - late * TICK_S), ok)

    def _settle(self, which: int, now: float, ok: bool | None) -> None:
        real, model = self.permits.pop(which)
        self.real.settle(real, now, ok)
        self.model.settle(model, now, ok)

    @invariant()
    def _agree(self) -> None:
        assert self.real.state(self.now) == self.model.look(self.now)
        assert self.real.refuses(self.now) == self.model.refuses(self.now)
