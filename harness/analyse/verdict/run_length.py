"""How long a run has to be to decide a threshold: independent samples needed × calls for each of them ÷ calls a second.

How many dependent calls are worth an independent one is measured in a recorded run. Before there is one, it follows
from the load: queues with c workers at a load of ρ have a design effect of about 1.25/(1-ρ)² (M/M/8, M/D/8 and
lognormal services at 50% to 90%; `benchmarks.run_lengths`). Independent calls have 1.4, as runs estimate it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf

import numpy as np
from scipy.special import ndtri

from harness.analyse.evidence import Evidence
from harness.analyse.measure.columns import counted_in, is_error, of_route, percentile_s
from harness.analyse.stats.effective_size import BATCHES, critical, effective_of_events, worth_of_frequent
from harness.analyse.stats.needed_samples import DECIDED, by_tail, for_percentile, for_rare_events, for_ratio
from harness.model.slo import Slo, Threshold

HALF = 2.0
"""The lengths are for a true value of half of the limit."""
_AT_LOAD, _LEAST = 1.25, 1.4


@dataclass(frozen=True, slots=True)
class CallPace:
    """How many calls of a threshold end in a second, and how many of them are worth an independent one."""

    calls_per_s: float
    design_effect: float


@dataclass(frozen=True, slots=True)
class Length:
    """Seconds that decide a threshold: at least, and whatever the shape of the tail is. Infinite where none does.

    `per_s` is the rate of calls for which they are.
    """

    threshold: Threshold
    least_s: float
    any_tail_s: float
    per_s: float


Paces = Callable[[Threshold], CallPace]


def lengths(slo: Slo, paces: Paces, faults_until_s: float | None) -> list[Length]:
    """The lengths after the warm-up for the thresholds of a run, but for maxima and those against a baseline.

    `faults_until_s` is when the last fault ends, None without one: recovery is looked for from then on.
    """
    found = [_length(threshold, paces(threshold)) for threshold in slo.parsed if not threshold.relative]
    if faults_until_s is not None:
        recoveries = (threshold for threshold in slo.parsed if threshold.statistic == "recovery")
        needed = ((t, faults_until_s + t.limit - slo.warmup_s) for t in recoveries)
        found += [Length(t, seconds, seconds, 0.0) for t, seconds in needed]
    return [length for length in found if length is not None]


def at_load(calls_per_s: float, load: float) -> Paces:
    """The pace of a queue of which so large a share of the workers' time is in use, the same for every threshold.

    Errors and retries are taken as independent of each other.
    """
    effect = _AT_LOAD / (1 - load) ** 2 if load < 1 else inf
    return lambda threshold: CallPace(calls_per_s, 1.0 if threshold.quantile is None else max(_LEAST, effect))


def measured_in(run: Evidence) -> Paces:
    """The paces of a recorded run."""

    def pace(threshold: Threshold) -> CallPace:
        calls = of_route(run.counted, threshold.route)
        if threshold.quantile is not None:
            calls = counted_in(calls, threshold.quantity, run.slo.failed_calls)
        if calls.empty:
            return CallPace(0.0, 1.0)
        phases = run.phases(calls["scheduled_s"].to_numpy(float))
        if threshold.quantile is not None:
            worth = worth_of_frequent(percentile_s(calls, threshold.quantity), phases, threshold.quantile)
        else:
            events = is_error(calls) if threshold.quantity == "error" else calls["attempts"] > 1
            worth = effective_of_events(events.to_numpy(bool), phases)
        return CallPace(len(calls) / run.window.length_s, worth.design_effect)

    return pace


def _length(threshold: Threshold, pace: CallPace) -> Length | None:
    needed = _needed(threshold, pace.calls_per_s)
    if needed is None:
        return None
    least, any_tail = (n * pace.design_effect / pace.calls_per_s if pace.calls_per_s else inf for n in needed)
    return Length(threshold, least, any_tail, pace.calls_per_s)


def _needed(threshold: Threshold, calls_per_s: float) -> tuple[float, float] | None:
    """The independent samples that are enough for some tails, and for every tail."""
    limit, quantile = threshold.limit, threshold.quantile
    if threshold.quantity == "goodput":
        n = inf if limit >= calls_per_s else _for_rate(limit, calls_per_s)
        return None if threshold.upper else (n, n)
    if not threshold.upper or threshold.statistic in {"max", "recovery"}:
        return None
    if quantile is not None:
        counted = for_percentile(quantile, HALF)
        return min(counted, by_tail(quantile, HALF)), counted
    if threshold.quantity == "error":
        n = for_ratio(limit, limit / HALF) if 0 < limit < 1 else inf
    else:
        n = for_rare_events(limit - 1, (limit - 1) / HALF) if limit > 1 else inf
    return n, n


def _for_rate(limit: float, true: float) -> float:
    """Arrivals of a Poisson process that show its rate to be above `limit`, when it is `true`."""
    distance = critical(BATCHES - 1.0) + float(ndtri(DECIDED))
    return float(np.square(distance * true / (true - limit)))
