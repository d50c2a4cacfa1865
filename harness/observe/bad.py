"""What a scenario's thresholds count as bad, call by call, so that one alert fits every scenario's SLO.

`p99(latency) < 250ms` allows 1% of the calls to take longer: bad is a call above 250 ms, the budget is 0.01 a
call. The burn rate is bad ÷ calls ÷ budget ("The Site Reliability Workbook", chapter 5). Thresholds about a
maximum or a rate allow no share of anything, and have no burn rate.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.model.call import Call
from harness.model.slo import Slo, Threshold

SLOS_AT_MOST = 12


@dataclass(frozen=True, slots=True)
class Judge:
    """One threshold: how many bad events a call brings, and how many of them a call may bring on average."""

    slo: str
    budget_ratio: float
    count: Callable[[Call], int]


def judges(slo: Slo) -> list[Judge]:
    """The thresholds that a share of bad events can break, at most twelve."""
    found = [judge for threshold in slo.parsed if (judge := _judge(threshold)) is not None]
    return found[:SLOS_AT_MOST]


def _judge(threshold: Threshold) -> Judge | None:
    if not threshold.upper or threshold.relative or threshold.route:
        return None
    text, quantile = threshold.text, threshold.quantile
    if quantile is not None:
        return Judge(text, round(1.0 - quantile, 9), _slower(DURATION_S[threshold.quantity], threshold.limit))
    if threshold.quantity == "error" and threshold.limit > 0:
        return Judge(text, threshold.limit, lambda call: not call.outcome.good)
    if threshold.quantity == "amplification" and threshold.limit > 1:
        return Judge(text, threshold.limit - 1.0, lambda call: max(0, len(call.attempts) - 1))
    return None


def _slower(duration_s: Callable[[Call], float], limit_s: float) -> Callable[[Call], int]:
    return lambda call: duration_s(call) > limit_s


DURATION_S: dict[str, Callable[[Call], float]] = {
    "latency": lambda call: call.latency_s,
    "thread_wait": lambda call: call.thread_wait_s,
    "pool_wait": lambda call: sum(a.pool_wait_s for a in call.attempts),
    "connect": lambda call: sum(a.connect_s for a in call.attempts),
    "backoff": lambda call: sum(a.backoff_s for a in call.attempts),
}
