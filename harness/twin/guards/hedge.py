"""Hedging: its delay, its helper threads and its admission, as harness/session/resilience decides them."""

from __future__ import annotations

from typing import Any

import numpy as np

from harness.model.hedge_settings import HedgeSettings
from harness.model.quantile import share_of
from harness.session.resilience.recent_times import EVERY, KEPT, LEAST
from harness.twin.compiled import njit
from harness.twin.guards import breaker as breakers
from harness.twin.guards import budget as budgets
from harness.twin.guards import limiter as limiters
from harness.twin.guards import throttle as throttles
from harness.twin.guards.quantile import quantile_of_copy

UNKNOWN = -1.0
MOST_STATUS = 600
ADMITTED, RETRY_AFTER, BREAKER, THROTTLE, SLOT, LIMITER, BUDGET = range(7)


HEDGE = np.dtype(
    [
        ("on", np.bool_),
        ("most", np.int64),
        ("threads", np.int64),
        ("learns", np.bool_),
        ("share", np.float64),
        ("delay_s", np.float64),
        ("decisive", np.uint8, MOST_STATUS),
        ("busy", np.int64),
        ("not_before_s", np.float64),
        ("new", np.int64),
        ("seen", np.int64),
        ("recent_s", np.float64, KEPT),
        ("sorted_s", np.float64, KEPT),
    ],
    align=True,
)
"""The hedging of one host: at most so many attempts and helper `threads`, which statuses are `decisive`, its state.

`delay_s` is UNKNOWN while it `learns` from too few times. Of the times of first attempts `recent_s` has the last ones
in a circle; `seen` counts all of them, `new` those since the delay was decided. `busy` helpers wait for a response.
"""


def hedge(settings: HedgeSettings | None) -> Any:
    """The hedging that these settings describe, shape (1,); one that is not `on` for None."""
    found = np.zeros(1, HEDGE)
    made = found[0]
    if settings is not None:
        made["on"], made["most"], made["threads"] = True, settings.max_attempts, settings.threads
        made["learns"], made["share"] = settings.delay_s is None, share_of(settings.statistic)
        made["delay_s"] = UNKNOWN if settings.delay_s is None else settings.delay_s
        made["decisive"] = ~np.isin(np.arange(MOST_STATUS), settings.non_fatal_statuses)
        made["not_before_s"] = -np.inf
    return found


@njit
def took(hedge: Any, seconds: float) -> None:
    """While it learns: a first attempt took so long; one that lost to its hedge counts with the delay."""
    hedge.recent_s[hedge.seen % KEPT] = seconds
    hedge.seen += 1
    hedge.new += 1
    if hedge.new >= (EVERY if hedge.delay_s != UNKNOWN else LEAST):
        hedge.new = 0
        recent_s = hedge.recent_s[: min(hedge.seen, KEPT)]
        hedge.delay_s = quantile_of_copy(recent_s, hedge.sorted_s, hedge.share)


@njit
def asked_to_wait(hedge: Any, now: float, after_s: float) -> None:
    """The host sent 429 or 503, with its Retry-After or 0: no hedge is sent before it has passed."""
    hedge.not_before_s = max(hedge.not_before_s, now + after_s)


@njit
def take_helper(hedge: Any) -> bool:
    """Takes a helper thread; False when all are busy."""
    if hedge.busy >= hedge.threads:
        return False
    hedge.busy += 1
    return True


@njit
def admit(
    hedge: Any, breaker: Any, throttle: Any, limiter: Any, budget: Any, free: int, now: float, u: float
) -> tuple[int, int, float]:
    """ADMITTED, with the attempts then under the limiter's limit and the cost; or why a hedge is not sent.

    It never waits, and a hedge that is not sent holds nothing. `free` connections can be taken; `u` is uniform.
    """
    reason = _interferes(hedge, breaker, throttle, now, u)
    if reason == ADMITTED and free <= 0:
        reason = SLOT
    in_flight = 0
    if reason == ADMITTED and limiter.kind > 0:
        in_flight = limiters.enter(limiter)
        reason = LIMITER if in_flight == limiters.REFUSED else ADMITTED
    if reason != ADMITTED:
        return reason, 0, 0.0
    paid = budgets.withdraw(budget, now, False)
    if paid == budgets.REFUSED:
        if limiter.kind > 0:
            limiters.leave(limiter)
        return BUDGET, 0, 0.0
    return ADMITTED, in_flight, paid


@njit
def _interferes(hedge: Any, breaker: Any, throttle: Any, now: float, u: float) -> int:
    if now < hedge.not_before_s:
        return RETRY_AFTER
    if breaker.on and not breakers.closed(breaker, now):
        return BREAKER
    if throttle.kind == throttles.ADAPTIVE and not throttles.allow(throttle, now, u):
        return THROTTLE
    if throttle.kind == throttles.RATE and throttles.reserve_within(throttle, now, 0.0) == throttles.REFUSED:
        return THROTTLE
    return ADMITTED
