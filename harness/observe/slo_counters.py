"""Counters of the bad events of a scenario's thresholds, call by call, so that one alert fits every SLO.

`p99(latency) < 250ms` allows 1% of the calls to take longer: bad is a call above 250 ms or one that failed, the budget
is 0.01 a call. With `failed_calls = "apart"` the limit of latency does not apply to failed calls. The burn rate is
bad ÷ calls ÷ budget ("The Site Reliability Workbook", chapter 5). Thresholds about a maximum, a rate, a recovery or a
baseline allow no known share of bad events, and have no burn rate.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.model.call import Call
from harness.model.quantities import DURATIONS, LATENCY, seconds_of
from harness.model.slo import Slo, Threshold

SLOS_AT_MOST = 12


@dataclass(frozen=True, slots=True)
class SloCounter:
    """One threshold: how many bad events a call has, and how many it may have on average.

    `route` is the route to which it applies, "" for all. With `successes_only` it applies to no failed call.
    """

    slo: str
    route: str
    budget_ratio: float
    count: Callable[[Call], int]
    successes_only: bool = False

    def covers(self, call: Call) -> bool:
        """Whether the threshold applies to the call."""
        return self.route in ("", call.route) and (call.outcome.good or not self.successes_only)


def slo_counters(slo: Slo) -> list[SloCounter]:
    """The thresholds with a budget of bad events, at most twelve."""
    found = [judge for threshold in slo.parsed if (judge := _judge(threshold, slo)) is not None]
    return found[:SLOS_AT_MOST]


def _judge(threshold: Threshold, slo: Slo) -> SloCounter | None:
    if not threshold.upper or threshold.relative:
        return None
    text, route, limit = threshold.text, threshold.route, threshold.limit
    if threshold.quantile is not None:
        allowed = round(1.0 - threshold.quantile, 9)
        latency = threshold.quantity == LATENCY.name
        late = _too_late(DURATION_S[threshold.quantity], limit, failed=latency)
        return SloCounter(text, route, allowed, late, successes_only=latency and slo.failed_calls == "apart")
    if threshold.quantity == "error" and limit > 0:
        return SloCounter(text, route, limit, lambda call: not call.outcome.good)
    if threshold.quantity == "amplification" and limit > 1:
        return SloCounter(text, route, limit - 1.0, lambda call: max(0, len(call.attempts) - 1))
    return None


def _too_late(duration_s: Callable[[Call], float], limit_s: float, *, failed: bool) -> Callable[[Call], int]:
    """With `failed`, a failed call is too late whenever it ended."""
    return lambda call: (failed and not call.outcome.good) or duration_s(call) > limit_s


DURATION_S: dict[str, Callable[[Call], float]] = {row.name: seconds_of(row) for row in DURATIONS if row.slo}
