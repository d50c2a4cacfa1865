"""Retry budgets: the decisions of harness/session/resilience/budget.py."""

from __future__ import annotations

from typing import Any

import numpy as np

from harness.model.resilience_settings import BudgetSettings, QuotaBudgetSettings, RatioBudgetSettings
from harness.session.resilience.budget import ROUNDING, THOUSANDTHS
from harness.session.resilience.sliding_window import SLICES
from harness.twin.compiled import njit
from harness.twin.guards.window import SIZE, add, counts

NONE, RATIO, QUOTA, TOKENS = range(4)
REFUSED = -1.0


BUDGET = np.dtype(
    [
        ("kind", np.int64),
        ("ratio", np.float64),
        ("reserve", np.float64),
        ("slice_s", np.float64),
        ("most", np.float64),
        ("retry_cost", np.float64),
        ("throttled_cost", np.float64),
        ("gain", np.float64),
        ("tokens", np.float64),
        ("window", np.int64, SIZE),
    ]
)
"""One budget: its numbers, and its state: the tokens that are left (of gRPC in thousandths), the window of a ratio."""


def budget(settings: BudgetSettings | None) -> Any:
    """The budget that these settings describe, shape (1,); one that refuses nothing for None."""
    found = np.zeros(1, BUDGET)
    made = found[0]
    made["slice_s"] = 1.0
    if isinstance(settings, RatioBudgetSettings):
        made["kind"], made["ratio"], made["slice_s"] = RATIO, settings.ratio, settings.window_s / SLICES
        made["reserve"] = settings.min_per_s * settings.window_s
    elif isinstance(settings, QuotaBudgetSettings):
        made["kind"], made["most"], made["gain"] = QUOTA, settings.tokens, settings.success_refund
        made["retry_cost"], made["throttled_cost"] = settings.retry_cost, settings.throttled_cost
    elif settings is not None:
        made["kind"], made["most"] = TOKENS, round(settings.max_tokens * THOUSANDTHS)
        made["gain"] = round(settings.token_ratio * THOUSANDTHS)
    made["tokens"] = made["most"]
    return found


@njit
def call(budget: Any, now: float) -> None:
    """A call begins."""
    if budget.kind == RATIO:
        add(budget.window, budget.slice_s, now, 1, 0)


@njit
def withdraw(budget: Any, now: float, throttled: bool) -> float:
    """The cost of a retry, withdrawn now; REFUSED when it is refused."""
    if budget.kind == RATIO:
        calls, retries = counts(budget.window, budget.slice_s, now)
        if retries + 1 > (calls * budget.ratio + budget.reserve) * ROUNDING:
            return REFUSED
        add(budget.window, budget.slice_s, now, 0, 1)
        return 1.0
    if budget.kind == QUOTA:
        cost = budget.throttled_cost if throttled else budget.retry_cost
        if cost > budget.tokens:
            return REFUSED
        budget.tokens -= cost
        return cost
    if budget.kind == TOKENS and budget.tokens <= budget.most / 2.0:
        return REFUSED
    return 0.0


@njit
def result(budget: Any, ok: bool, paid: float) -> None:
    """An attempt ended; `paid` is the cost of the retry, 0 for a first attempt."""
    if budget.kind == QUOTA and ok:
        refund = paid if paid > 0.0 else budget.gain
        budget.tokens = min(budget.most, budget.tokens + refund)
    elif budget.kind == TOKENS:
        change = budget.gain if ok else -THOUSANDTHS
        budget.tokens = min(budget.most, max(0.0, budget.tokens + change))
