"""The limiter of one host with each of its rules."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from benchmarks.machines.base import TICK_S, Machine
from benchmarks.machines.limit_rules import Seen, model
from benchmarks.machines.throttles import Scripted
from harness.model.limiter_settings import (
    AimdLimiter,
    EnvoyLimiter,
    FailsafeLimiter,
    Gradient2Limiter,
    LimiterSettings,
    VegasLimiter,
)
from harness.session.resilience.limiter import Admission, Limiter

BOUNDS = {"least": st.integers(1, 3), "most": st.integers(12, 40), "window_s": st.sampled_from([0.25, 1.0])}
FIRST = {"initial": st.integers(3, 12), **BOUNDS}
SETTINGS: st.SearchStrategy[LimiterSettings] = st.one_of(
    st.builds(
        AimdLimiter,
        kind=st.just("aimd"), backoff_ratio=st.sampled_from([0.5, 0.9]), timeout_s=st.sampled_from([0.5, 5.0]), **FIRST,
    ),
    st.builds(VegasLimiter, kind=st.just("vegas"), probe_multiplier=st.integers(1, 3), **FIRST),
    st.builds(
        Gradient2Limiter,
        kind=st.just("gradient2"), smoothing=st.sampled_from([0.2, 1.0]), queue=st.integers(1, 4),
        long_window=st.sampled_from([20, 600]), **FIRST,
    ),
    st.builds(
        EnvoyLimiter,
        kind=st.just("envoy"), min_rtt_interval_s=st.sampled_from([1.0, 8.0]), min_rtt_requests=st.integers(3, 12),
        min_rtt_concurrency=st.integers(3, 5), jitter=st.sampled_from([0.0, 0.25]), **BOUNDS,
    ),
    st.builds(
        FailsafeLimiter,
        kind=st.just("failsafe"), samples=st.integers(1, 10), correlation_window=st.sampled_from([10, 20]),
        longest_window_s=st.sampled_from([1.0, 4.0]), **FIRST,
    ),
)  # fmt: skip
DRAWS = st.sampled_from([0.0, 0.25, 0.5, 0.75])
TOLERANCE = 1e-9


class LimiterMachine(Machine):
    """Attempts that begin, are sent, end and give their place back, each at its own time, and quick ones in a row."""

    @initialize(settings=SETTINGS, began=st.integers(0, 100))
    def begin(self, settings: LimiterSettings, began: int) -> None:
        """Any rule."""
        self.now, self.rng = began * TICK_S, Scripted()
        self.real, self.model = Limiter(settings, self.now, self.rng), model(settings, self.now)
        self.under_way: list[tuple[Admission, int]] = []
        self.sent_s: dict[Admission, float] = {}
        self.times_s: list[float] = []
        self.drops = self.most = 0

    @rule()
    def enter(self) -> None:
        """As many as the limit allows."""
        admission = self.real.enter(0.0)
        assert (admission is not None) == (len(self.under_way) < int(self.model.limit))
        if admission is not None:
            self.under_way.append((admission, len(self.under_way) + 1))

    @precondition(lambda self: self.under_way)
    @rule(which=st.integers(0, 50))
    def send(self, which: int) -> None:
        """Once or again, as a retry of the layer below does."""
        admission, _ = self.under_way[which % len(self.under_way)]
        admission.sent(self.now)
        self.sent_s[admission] = self.now

    @precondition(lambda self: self.under_way)
    @rule(which=st.integers(0, 50), dropped=st.booleans(), draw=DRAWS)
    def settle(self, which: int, dropped: bool, draw: float) -> None:
        """It counts only where it was sent, and once."""
        self._settle(which % len(self.under_way), dropped, draw)

    @precondition(lambda self: self.under_way)
    @rule(which=st.integers(0, 50))
    def give_back(self, which: int) -> None:
        """A place is free."""
        admission, _ = self.under_way.pop(which % len(self.under_way))
        admission.free()
        admission.free()

    @rule(
        count=st.integers(1, 15),
        ticks=st.integers(0, 64),
        beside=st.integers(1, 12),
        dropped=st.booleans(),
        draw=DRAWS,
    )
    def row(self, count: int, ticks: int, beside: int, dropped: bool, draw: float) -> None:
        """Several, `beside` of them at once, of which the last may be dropped."""
        for turn in range(count):
            before = len(self.under_way)
            for _ in range(beside):
                self.enter()
            for which in range(before, len(self.under_way)):
                self.send(which)
            self.now += ticks * TICK_S
            while len(self.under_way) > before:
                self._settle(before, dropped and turn == count - 1, draw)
                self.give_back(before)

    def _settle(self, which: int, dropped: bool, draw: float) -> None:
        admission, in_flight = self.under_way[which]
        sent_s, self.rng.next = self.sent_s.pop(admission, None), draw
        admission.settle(self.now, dropped)
        if sent_s is None or sent_s < self.model.since_s:
            return
        self.most = max(self.most, in_flight)
        if dropped:
            self.drops += 1
        else:
            self.times_s.append(max(self.now - sent_s, 1e-6))
        count = len(self.times_s) + (self.drops if self.model.drops_count else 0)
        if self.now >= self.model.until_s and count >= self.model.needs:
            used_up = len(self.under_way) >= int(self.model.limit)
            self.model.decide(Seen(self.times_s, self.drops, self.most, used_up, draw), self.now)
            self.times_s, self.drops, self.most = [], 0, 0
            assert abs(self.real.limit - self.model.limit) < TOLERANCE * self.model.limit
            self.model.limit = self.real.limit  # so that differences of the last bit do not add up

    @invariant()
    def _agree(self) -> None:
        if hasattr(self, "model"):
            assert abs(self.real.limit - self.model.limit) < TOLERANCE * self.model.limit
            assert (self.real.in_flight, self.real.waiting) == (len(self.under_way), 0)
