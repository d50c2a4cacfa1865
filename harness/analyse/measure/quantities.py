"""Single measurements of a run's calls: a rate, a share, a duration's statistic, each with n and a 95% interval.

In percentiles and maxima of latency a call that failed is infinitely late: its caller never had the response. It does
not matter how soon it failed. Its waits are as they were measured, whatever came of the call.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from harness.analyse.evidence import Evidence, Sample, sample_of
from harness.analyse.stats.effective_size import BATCHES, Floats, Ints, effective_of_events, worth_beyond
from harness.analyse.stats.intervals import (
    TWO_SIDED,
    UNKNOWN,
    Interval,
    PercentileBounds,
    Sides,
    mean_interval,
    percentile_bounds,
    rate_interval,
    ratio_interval,
)
from harness.analyse.stats.quantiles import quantile_of
from harness.model.call import Outcome
from harness.model.quantile import share_of
from harness.model.quantities import BY_NAME, LATENCY, SLO_DURATIONS, Duration, unit_of
from harness.model.slo import FailedCalls, Threshold
from harness.model.verdict import Measurement


def measure_one(
    threshold: Threshold, runs: Sequence[Evidence], sides: Sides = TWO_SIDED
) -> Measurement | None:
    """What one threshold names, of all calls that these runs of one scenario have; None without any."""
    if threshold.quantity == "goodput":
        return rate("goodput", runs, [run.calls["ended_s"][~is_error(run.calls)] for run in runs], sides)
    sample = sample_of(runs)
    if not len(sample.calls):
        return None
    unseen = tail_design_effect(duration_s(sample.calls, "latency"), sample.phases)
    if threshold.quantity in SLO_DURATIONS:
        named = (threshold.statistic,)
        return next(iter(durations(sample, threshold.quantity, named, unseen, sides)), None)
    errors, amplification = events(sample, unseen, sides)
    return errors if threshold.quantity == "error" else amplification


def of_route(calls: pd.DataFrame, route: str) -> pd.DataFrame:
    """The calls of one route; all of them for "". A route is written as in the journey, with its method or without."""
    if not route:
        return calls
    return calls[(calls["route"] == route) | (calls["method"] + " " + calls["route"] == route)]


def duration_s(calls: pd.DataFrame, quantity: str) -> Floats:
    """One duration of each call in seconds, shape (calls,), from all columns that keep a share of it."""
    row = BY_NAME[quantity]
    assert isinstance(row, Duration)  # noqa: S101
    first, *others = (column_s(calls, name) for name in row.columns)
    return sum(others, first)


def covers(calls: pd.DataFrame, quantity: str, failed_calls: FailedCalls) -> pd.Series[bool]:
    """Which calls percentiles of a duration cover: all of them, but for latency with failed calls "apart"."""
    apart = quantity == LATENCY.name and failed_calls == "apart"
    return ~is_error(calls) if apart else pd.Series(data=True, index=calls.index)


def counted_in(calls: pd.DataFrame, quantity: str, failed_calls: FailedCalls) -> pd.DataFrame:
    """The calls that percentiles of a duration cover."""
    return calls[covers(calls, quantity, failed_calls)]


def percentile_s(calls: pd.DataFrame, quantity: str) -> Floats:
    """One duration of each call as percentiles count it, shape (calls,): a failed call's latency is infinite."""
    seconds = duration_s(calls, quantity)
    return np.where(is_error(calls), np.inf, seconds) if quantity == LATENCY.name else seconds


def column_s(calls: pd.DataFrame, name: str) -> Floats:
    """One column of seconds, shape (calls,); 0 where the record is older than the column."""
    return calls[name].to_numpy(float) if name in calls else np.zeros(len(calls))


def is_error(calls: pd.DataFrame) -> pd.Series[bool]:
    """Which calls did not succeed."""
    return calls["outcome"] != Outcome.OK.value


def durations(
    sample: Sample,
    quantity: str,
    statistics: tuple[str, ...],
    unseen: float,
    sides: Sides = TWO_SIDED,
) -> list[Measurement]:
    """Statistics of one duration of these calls; none without a call that they cover.

    A maximum has no upper bound: larger values are possible.
    """
    sample = sample.only(covers(sample.calls, quantity, sample.failed_calls))
    if sample.calls.empty:
        return []
    values, phases = percentile_s(sample.calls, quantity), sample.phases
    ordered, found = np.sort(values), []
    for statistic in statistics:
        if statistic == "max":
            value, bounds = float(ordered[-1]), PercentileBounds(float(ordered[-1]), None)
        else:
            quantile = share_of(statistic)
            value = quantile_of(ordered, quantile)
            bounds = percentile_bounds(values, phases, quantile, unseen, sides)
        within = _observed(Interval(bounds.low, bounds.high), sample.observed_s)
        one = measurement(f"{quantity}.{statistic}", value, len(values), within)
        found.append(one.model_copy(update={"by_tail": bounds.by_tail}))
    return found


def _observed(interval: Interval, observed_s: float) -> Interval:
    """The interval with what a run can tell of infinity: longer than all that it observed, and no upper bound."""
    low, high = interval
    return Interval(observed_s if low == np.inf else low, None if high == np.inf else high)


def tail_design_effect(latency_s: Floats, phases: Ints) -> float:
    """The design effect of the slowest 0.1%, or 5 calls: how rare events cluster."""
    n = len(latency_s)
    slow = max(5, n // 1000)
    if n <= slow:
        return 1.0
    return worth_beyond(
        latency_s, phases, float(np.partition(latency_s, n - 1 - slow)[n - 1 - slow])
    ).design_effect


def rate(
    name: str, runs: Sequence[Evidence], at_s: Sequence[pd.Series[float]], sides: Sides = TWO_SIDED
) -> Measurement:
    """How many of each run's times lie in its counted window, per second: the mean of these runs."""
    length_s = runs[0].window.length_s
    if not length_s:
        return measurement(name, 0.0, 0, UNKNOWN)
    counts, phases = zip(*(_per_bin(run, times) for run, times in zip(runs, at_s, strict=True)), strict=True)
    joined, total = np.concatenate(counts), int(np.sum(counts))
    interval = rate_interval(joined, np.concatenate(phases), length_s / BATCHES, sides)
    return measurement(name, total / (length_s * len(runs)), total, interval)


def _per_bin(run: Evidence, at_s: pd.Series[float]) -> tuple[Floats, Ints]:
    """How many of these times lie in each part of the run's counted window, and each part's phase."""
    window = run.window
    inside = at_s[window.holds(at_s)].to_numpy(float)
    counts, edges = np.histogram(inside, BATCHES, (window.start_s, window.end_s))
    return counts.astype(float), run.phases((edges[:-1] + edges[1:]) / 2)


def events(sample: Sample, unseen: float, sides: Sides = TWO_SIDED) -> list[Measurement]:
    """The ratio of errors, and attempts per call."""
    calls, phases = sample.calls, sample.phases
    errors, attempts = is_error(calls).to_numpy(bool), calls["attempts"].to_numpy(float)
    ratio, factor, n = float(errors.mean()), float(attempts.mean()), len(calls)
    wrong = ratio_interval(effective_of_events(errors, phases, unseen), ratio, sides)
    more = _amplified(attempts, sample.most_attempts, phases, unseen, sides)
    return [
        measurement("error_ratio", ratio, n, wrong),
        measurement("amplification", factor, n, more),
    ]


def _amplified(attempts: Floats, most: int, phases: Ints, unseen: float, sides: Sides) -> Interval:
    """The interval of attempts per call; where all took equally many, the bound of the ratio that may take the most."""
    least = float(attempts.min())
    if np.ptp(attempts) > 0:
        low, high = mean_interval(attempts - least, phases, sides)
        return Interval(None if low is None else least + low, None if high is None else least + high)
    never = effective_of_events(np.zeros(len(attempts), dtype=bool), phases, unseen)
    more = ratio_interval(never, 0.0, sides).high
    return Interval(least, None if more is None else least + more * max(1.0, most - least))


def measurement(name: str, value: float, n: int, within: Interval) -> Measurement:
    """A measurement in its quantity's unit; without a value where that is infinite."""
    reached = None if value == np.inf else value
    return Measurement(name=name, value=reached, unit=unit_of(name), n=n, low=within.low, high=within.high)
