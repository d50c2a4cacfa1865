"""Counters of the bad events of a scenario's thresholds, call by call, so that one alert fits every SLO.

`p99(latency) < 250ms` allows 1% of the calls to take longer: bad is a call above 250 ms, the budget is 0.01 a
call. The burn rate is bad ÷ calls ÷ budget ("The Site Reliability Workbook", chapter 5). Thresholds about a
maximum, a rate, a recovery or a baseline allow no known share of bad events, and have no burn rate.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.model.call import Call
from harness.model.quantities import DURATIONS, seconds_of
from harness.model.slo import Slo, Threshold

SLOS_AT_MOST = 12


@dataclass(frozen=True, slots=True)
class SloCounter:
    """One threshold: how many bad events a call has, and how many it may have on average.

    `route` is the route to which it applies, "" for all.
    """

    slo: str
    route: str
    budget_ratio: float
    count: Callable[[Call], int]


def slo_counters(slo: Slo) -> list[SloCounter]:
    """The thresholds with a budget of bad events, at most twelve."""
    found = [judge for threshold in slo.parsed if (judge := _judge(threshold)) is not None]
    return found[:SLOS_AT_MOST]


def _judge(threshold: Threshold) -> SloCounter | None:
    if not threshold.upper or threshold.relative:
        return None
    text, route, limit = threshold.text, threshold.route, threshold.limit
    if threshold.quantile is not None:
        allowed = round(1.0 - threshold.quantile, 9)
        return SloCounter(text, route, allowed, _slower(DURATION_S[threshold.quantity], limit))
    if threshold.quantity == "error" and limit > 0:
        return SloCounter(text, route, limit, lambda call: not call.outcome.good)
    if threshold.quantity == "amplification" and limit > 1:
        return SloCounter(text, route, limit - 1.0, lambda call: max(0, len(call.attempts) - 1))
    return None


def _slower(duration_s: Callable[[Call], float], limit_s: float) -> Callable[[Call], int]:
    return lambda call: duration_s(call) > limit_s


DURATION_S: dict[str, Callable[[Call], float]] = {row.name: seconds_of(row) for row in DURATIONS if row.slo}
