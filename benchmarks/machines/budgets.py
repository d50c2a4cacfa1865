"""The three retry budgets."""

from __future__ import annotations

from typing import Protocol

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from benchmarks.machines.base import Machine, Window, exact
from harness.model.resilience_settings import (
    BudgetSettings,
    QuotaBudgetSettings,
    RatioBudgetSettings,
    TokenBudgetSettings,
)
from harness.session.resilience.budget import budget

SETTINGS: st.SearchStrategy[BudgetSettings] = st.one_of(
    st.builds(
        RatioBudgetSettings,
        kind=st.just("ratio"),
        ratio=st.sampled_from([0.0, 0.07, 0.1, 0.2, 0.29, 0.3, 1.0, 3.0]),
        min_per_s=st.sampled_from([0.0, 0.1, 0.3, 1.0]),
        window_s=st.sampled_from([0.625, 5.0, 10.0]),
    ),
    st.builds(
        QuotaBudgetSettings,
        kind=st.just("quota"),
        tokens=st.integers(1, 60),
        retry_cost=st.integers(1, 20),
        throttled_cost=st.integers(1, 20),
        success_refund=st.integers(1, 3),
    ),
    st.builds(
        TokenBudgetSettings,
        kind=st.just("grpc"),
        max_tokens=st.sampled_from([1.0, 4.0, 10.0, 100.0]),
        token_ratio=st.sampled_from([0.1, 0.2, 0.3, 0.7, 0.001, 1.0, 2.5]),
    ),
)


class BudgetModel(Protocol):
    """What each model answers."""

    def call(self, now: float) -> None:
        """A call begins."""

    def withdraw(self, now: float, throttled: bool) -> float | None:
        """What a retry costs; None for a refusal."""

    def result(self, ok: bool, paid: float) -> None:
        """An attempt ended."""

    def left(self, now: float) -> float:
        """From 0 to 1."""


class RatioModel:
    """Retries of the window: at most a share of its calls, and so many a second besides."""

    def __init__(self, settings: RatioBudgetSettings) -> None:
        self.settings, self.window = settings, Window(settings.window_s)

    def call(self, now: float) -> None:
        """Counts."""
        self.window.add(now, "call")

    def withdraw(self, now: float, throttled: bool) -> float | None:  # noqa: ARG002
        """Any retry costs one."""
        allowed, retries = self._allowed(now)
        if retries + 1 > allowed:
            return None
        self.window.add(now, "retry")
        return 1.0

    def result(self, ok: bool, paid: float) -> None:
        """Does not matter."""

    def left(self, now: float) -> float:
        """Less than a whole retry is none."""
        allowed, retries = self._allowed(now)
        return float(1 - retries / allowed) if allowed >= retries + 1 else 0.0

    def _allowed(self, now: float) -> tuple[float, int]:
        calls = self.window.count(now, "call")
        reserve = exact(self.settings.min_per_s) * exact(self.settings.window_s)
        return exact(self.settings.ratio) * calls + reserve, self.window.count(now, "retry")  # type: ignore[return-value]


class QuotaModel:
    """botocore: a retry takes its price from the bucket, a success puts it back, or a little where it paid none."""

    def __init__(self, settings: QuotaBudgetSettings) -> None:
        self.settings, self.spent = settings, 0

    def call(self, now: float) -> None:
        """Does not matter."""

    def withdraw(self, now: float, throttled: bool) -> float | None:  # noqa: ARG002
        """Two prices."""
        price = self.settings.throttled_cost if throttled else self.settings.retry_cost
        if self.spent + price > self.settings.tokens:
            return None
        self.spent += price
        return float(price)

    def result(self, ok: bool, paid: float) -> None:
        """Puts back, and never more than was taken."""
        if ok:
            self.spent = max(0, self.spent - (int(paid) or self.settings.success_refund))

    def left(self, now: float) -> float:  # noqa: ARG002
        """Nothing where neither kind of retry could be paid."""
        tokens = self.settings.tokens - self.spent
        cheapest = min(self.settings.retry_cost, self.settings.throttled_cost)
        return tokens / self.settings.tokens if tokens >= cheapest else 0.0


class TokenModel:
    """gRPC, proposal A6, which counts in thousandths of a token: retries only while more than half are left."""

    def __init__(self, settings: TokenBudgetSettings) -> None:
        self.most, self.gain = round(1000 * settings.max_tokens), round(1000 * settings.token_ratio)
        self.tokens = self.most

    def call(self, now: float) -> None:
        """Does not matter."""

    def withdraw(self, now: float, throttled: bool) -> float | None:  # noqa: ARG002
        """A retry itself costs nothing."""
        return 0.0 if 2 * self.tokens > self.most else None

    def result(self, ok: bool, paid: float) -> None:  # noqa: ARG002
        """Between none and all."""
        self.tokens = min(self.most, max(0, self.tokens + (self.gain if ok else -1000)))

    def left(self, now: float) -> float:  # noqa: ARG002
        """Of the upper half."""
        return max(0, 2 * self.tokens - self.most) / self.most


def model(settings: BudgetSettings) -> BudgetModel:
    """The model of a kind."""
    if isinstance(settings, RatioBudgetSettings):
        return RatioModel(settings)
    return QuotaModel(settings) if isinstance(settings, QuotaBudgetSettings) else TokenModel(settings)


class BudgetMachine(Machine):
    """Calls, retries and their results in any order."""

    @initialize(settings=SETTINGS)
    def begin(self, settings: BudgetSettings) -> None:
        """Any kind."""
        self.real, self.model = budget(settings), model(settings)
        self.paid: list[float] = []

    @rule(count=st.one_of(st.just(1), st.integers(1, 120)))
    def calls(self, count: int) -> None:
        """Some begin."""
        for _ in range(count):
            self.real.call(self.now)
            self.model.call(self.now)

    @rule(count=st.one_of(st.just(1), st.integers(1, 40)), throttled=st.booleans())
    def retries(self, count: int, throttled: bool) -> None:
        """Some are asked for."""
        for _ in range(count):
            real, model = self.real.withdraw(self.now, throttled), self.model.withdraw(self.now, throttled)
            assert real == model
            if real is not None:
                self.paid.append(real)

    @rule(ok=st.booleans(), count=st.one_of(st.just(1), st.integers(1, 40)))
    def first_attempts_end(self, ok: bool, count: int) -> None:
        """They paid nothing."""
        for _ in range(count):
            self.real.result(ok, 0.0)
            self.model.result(ok, 0.0)

    @precondition(lambda self: self.paid)
    @rule(ok=st.booleans(), which=st.integers(0, 50))
    def a_retry_ends(self, ok: bool, which: int) -> None:
        """It paid its price."""
        paid = self.paid.pop(which % len(self.paid))
        self.real.result(ok, paid)
        self.model.result(ok, paid)

    @invariant()
    def _agree(self) -> None:
        real, model = self.real.left_ratio(self.now), self.model.left(self.now)
        assert abs(real - model) < 1e-9, (real, model)
        assert (real == 0.0) == (model == 0.0), (real, model)
