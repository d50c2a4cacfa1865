"""Retry budgets: how many retries the client may send. Shared by all Sessions of a process."""

from __future__ import annotations

import threading
from typing import Protocol

from harness.model import resilience_settings
from harness.session.resilience.sliding_window import SlidingWindow

ROUNDING = 1.0 + 1e-12
"""A share such as 0.29 is no binary number: without this, 29% of 100 calls would be 28 retries."""
THOUSANDTHS = 1000
"""gRPC counts tokens in these (proposal A6), so that ten successes give exactly what one failure took."""


class RetryBudget(Protocol):
    """The interface of every budget. Times are seconds of one monotonic clock."""

    def call(self, now: float) -> None:
        """A call begins."""

    def withdraw(self, now: float, throttled: bool) -> float | None:
        """The cost of a retry, withdrawn now; None when refused. `throttled`: the upstream asked for less load."""

    def result(self, ok: bool, paid: float) -> None:
        """An attempt ended; `paid` is the cost of the retry, 0 for a first attempt."""

    def left_ratio(self, now: float) -> float:
        """1 for an unused budget, 0 where retries are refused."""


class RatioBudget:
    """Retries in the window may be at most `ratio` of its calls, and `min_per_s` besides (Finagle's RetryBudget)."""

    def __init__(self, settings: resilience_settings.RatioBudgetSettings) -> None:
        self.ratio = settings.ratio
        self._reserve = settings.min_per_s * settings.window_s
        self._window = SlidingWindow(settings.window_s)
        self._lock = threading.Lock()

    def call(self, now: float) -> None:
        """Each call adds a share of one retry."""
        with self._lock:
            self._window.add(now)

    def withdraw(self, now: float, throttled: bool) -> float | None:  # noqa: ARG002
        """1, or None when the share is used up."""
        with self._lock:
            calls, retries = self._window.counts(now)
            if retries + 1 > self._allowed(calls) * ROUNDING:
                return None
            self._window.add(now, total=0, marked=1)
            return 1.0

    def result(self, ok: bool, paid: float) -> None:
        """Does nothing: only the number of calls and retries matters."""

    def left_ratio(self, now: float) -> float:
        """The retries that are still allowed, of all that are; less than one whole retry is none."""
        with self._lock:
            calls, retries = self._window.counts(now)
        allowed = self._allowed(calls)
        return 1.0 - retries / allowed if retries + 1 <= allowed * ROUNDING else 0.0

    def _allowed(self, calls: int) -> float:
        return calls * self.ratio + self._reserve


class QuotaBudget:
    """A token bucket: retries take tokens, successes return them (botocore's standard retry quota)."""

    def __init__(self, settings: resilience_settings.QuotaBudgetSettings) -> None:
        self._settings = settings
        self._tokens = float(settings.tokens)
        self._lock = threading.Lock()

    @property
    def tokens(self) -> float:
        """The tokens that are left."""
        return self._tokens

    def call(self, now: float) -> None:
        """Does nothing: only results matter."""

    def withdraw(self, now: float, throttled: bool) -> float | None:  # noqa: ARG002
        """The tokens that the retry took, or None when too few are left."""
        cost = self._settings.throttled_cost if throttled else self._settings.retry_cost
        with self._lock:
            if cost > self._tokens:
                return None
            self._tokens -= cost
            return float(cost)

    def result(self, ok: bool, paid: float) -> None:
        """A success returns the tokens of its last retry, or a small number when it had none."""
        if ok:
            with self._lock:
                refund = paid or float(self._settings.success_refund)
                self._tokens = min(float(self._settings.tokens), self._tokens + refund)

    def left_ratio(self, now: float) -> float:  # noqa: ARG002
        """The tokens that are left, of all; 0 where they do not pay for any retry."""
        least = min(self._settings.retry_cost, self._settings.throttled_cost)
        return self._tokens / self._settings.tokens if self._tokens >= least else 0.0


class TokenBudget:
    """Failures take one token, successes add a fraction; below half, nothing is retried (gRPC, proposal A6)."""

    def __init__(self, settings: resilience_settings.TokenBudgetSettings) -> None:
        self._most = self._left = round(settings.max_tokens * THOUSANDTHS)
        self._gain = round(settings.token_ratio * THOUSANDTHS)
        self._lock = threading.Lock()

    @property
    def tokens(self) -> float:
        """The tokens that are left."""
        return self._left / THOUSANDTHS

    def call(self, now: float) -> None:
        """Does nothing: only results matter."""

    def withdraw(self, now: float, throttled: bool) -> float | None:  # noqa: ARG002
        """0, for retries cost nothing themselves; None at half of the tokens and below."""
        with self._lock:
            return 0.0 if 2 * self._left > self._most else None

    def result(self, ok: bool, paid: float) -> None:  # noqa: ARG002
        """Counts an attempt."""
        with self._lock:
            change = self._gain if ok else -THOUSANDTHS
            self._left = min(self._most, max(0, self._left + change))

    def left_ratio(self, now: float) -> float:  # noqa: ARG002
        """The tokens that are left above half, of all above half."""
        return max(0, 2 * self._left - self._most) / self._most


def budget(settings: resilience_settings.BudgetSettings) -> RetryBudget:
    """The budget that these settings describe."""
    match settings:
        case resilience_settings.RatioBudgetSettings():
            return RatioBudget(settings)
        case resilience_settings.QuotaBudgetSettings():
            return QuotaBudget(settings)
        case resilience_settings.TokenBudgetSettings():
            return TokenBudget(settings)
