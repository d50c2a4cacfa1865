"""A run's measurements: each with its unit, the samples behind it and a 95% interval.

Everything is taken from calls scheduled after the warm-up. Rates are per second of the counted window, from
the end of the warm-up to the last arrival:

- `offered_rate` counts calls scheduled inside it, `achieved_rate` calls that ended inside it, `goodput` those
  that ended well inside it. A call that straddles the start is swapped for one that straddles the end, so a
  client that keeps up achieves what is offered; a backlog that drains after the last arrival is not counted.
- latencies, waits, errors and attempts belong to the calls scheduled after the warm-up, however late they
  ended: leaving out the ones that drain would leave out the slowest.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from harness.analyse.dependence import BATCHES, Floats, Ints, effective_of_events, worth_beyond
from harness.analyse.evidence import Evidence
from harness.analyse.intervals import (
    UNKNOWN,
    Interval,
    mean_interval,
    quantile_interval,
    quantile_of,
    rate_interval,
    ratio_interval,
)
from harness.model.call import Outcome
from harness.model.slo import DURATIONS, Threshold
from harness.model.verdict import Measurement

Measurements = dict[str, Measurement]
Unit = Literal["s", "1/s", "ratio", "count", "attempts/call"]

UNITS: dict[str, Unit] = {"error": "ratio", "goodput": "1/s", "amplification": "attempts/call"}

STATISTICS: dict[str, tuple[str, ...]] = {
    "latency": ("p50", "p95", "p99", "p999", "max"),
    "pool_wait": ("p50", "p95", "p99", "max"),
    "thread_wait": ("p99", "max"),
    "connect": ("p99",),
    "backoff": ("p99",),
    "schedule_lag": ("p99",),
}


def measurements(evidence: Evidence) -> Measurements:
    """Every measurement of a run by its dotted name, with those that its thresholds name.

    A run without counted calls has rates and counts of 0 and no durations.
    """
    calls = evidence.counted
    found = [*_rates(evidence), *_counts(evidence, calls)]
    if len(calls):
        phases = evidence.phases(calls["scheduled_s"].to_numpy(float))
        unseen = clusters(duration_s(calls, "latency"), phases)
        found += _events(calls, phases, unseen)
        for quantity, statistics in _wanted(evidence).items():
            found += _durations(quantity, duration_s(calls, quantity), phases, statistics, unseen)
    return {m.name: m for m in found}


def duration_s(calls: pd.DataFrame, quantity: str) -> Floats:
    """One duration of each call in seconds, shape (calls,); backoff counts whether a slot was held or not."""
    if quantity == "backoff":
        both: Floats = (calls["backoff_s"] + calls["backoff_held_s"]).to_numpy(float)
        return both
    return calls[quantity + "_s"].to_numpy(float)


def is_error(calls: pd.DataFrame) -> pd.Series[bool]:
    """Which calls did not end well."""
    return calls["outcome"] != Outcome.OK.value


def _durations(
    quantity: str, values: Floats, phases: Ints, statistics: tuple[str, ...], unseen: float
) -> list[Measurement]:
    """Statistics of one duration. A maximum has no upper bound: it is what was seen, not what is possible."""
    ordered, found = np.sort(values), []
    for statistic in statistics:
        if statistic == "max":
            value, interval = float(ordered[-1]), Interval(float(ordered[-1]), None)
        else:
            quantile = float(f"0.{statistic[1:]}")
            value = quantile_of(ordered, quantile)
            interval = quantile_interval(values, phases, quantile, unseen)
        found.append(_measurement(f"{quantity}.{statistic}", value, "s", len(values), interval))
    return found


def clusters(latency_s: Floats, phases: Ints) -> float:
    """The design effect of the slowest 0.1%, or 5 calls: how events that a run saw too few of come together."""
    n = len(latency_s)
    slow = max(5, n // 1000)
    if n <= slow:
        return 1.0
    return worth_beyond(
        latency_s, phases, float(np.partition(latency_s, n - 1 - slow)[n - 1 - slow])
    ).design_effect


def _wanted(evidence: Evidence) -> dict[str, tuple[str, ...]]:
    asked = [t for t in evidence.slo.parsed if t.quantity in DURATIONS]
    return {
        quantity: tuple(dict.fromkeys((*statistics, *(t.statistic for t in asked if t.quantity == quantity))))
        for quantity, statistics in STATISTICS.items()
    }


def _rates(evidence: Evidence) -> list[Measurement]:
    calls = evidence.calls
    return [
        _rate(evidence, "offered_rate", calls["scheduled_s"]),
        _rate(evidence, "achieved_rate", calls["ended_s"]),
        _rate(evidence, "goodput", calls["ended_s"][~is_error(calls)]),
    ]


def _rate(evidence: Evidence, name: str, at_s: pd.Series[float]) -> Measurement:
    window = evidence.window
    if not window.length_s:
        return _measurement(name, 0.0, "1/s", 0, UNKNOWN)
    inside = at_s[window.holds(at_s)].to_numpy(float)
    counts, edges = np.histogram(inside, BATCHES, (window.start_s, window.end_s))
    phases = evidence.phases((edges[:-1] + edges[1:]) / 2)
    interval = rate_interval(counts.astype(float), phases, window.length_s / BATCHES)
    return _measurement(name, len(inside) / window.length_s, "1/s", len(inside), interval)


def _events(calls: pd.DataFrame, phases: Ints, unseen: float) -> list[Measurement]:
    errors, attempts = is_error(calls).to_numpy(bool), calls["attempts"].to_numpy(float)
    ratio, factor, n = float(errors.mean()), float(attempts.mean()), len(calls)
    wrong = ratio_interval(effective_of_events(errors, phases, unseen), ratio)
    more = _amplified(attempts, phases, unseen)
    return [
        _measurement("error_ratio", ratio, "ratio", n, wrong),
        _measurement("amplification", factor, "attempts/call", n, more),
    ]


def _amplified(attempts: Floats, phases: Ints, unseen: float) -> Interval:
    """Where all calls took the same attempts, no more of them than a bound of the ratio took one more."""
    if np.ptp(attempts) > 0:
        return mean_interval(attempts, phases)
    never = effective_of_events(np.zeros(len(attempts), dtype=bool), phases, unseen)
    same, more = float(attempts[0]), ratio_interval(never, 0.0).high
    return Interval(same, None if more is None else same + more)


def _counts(evidence: Evidence, calls: pd.DataFrame) -> list[Measurement]:
    attempts = attempts_of(calls, evidence.attempts)
    new = attempts["new_connection"].to_numpy(bool)
    sent = (attempts["first_byte_s"] > 0).to_numpy(bool)
    counts = {
        "calls": len(calls),
        "attempts": int(calls["attempts"].sum()),
        "connections.opened": int(new.sum()),
        "connections.reused": int((~new & sent).sum()),
        "connections.discarded": int(attempts["discarded"].to_numpy(bool).sum()),
    }
    return [
        _measurement(name, float(count), "count", len(calls), Interval(float(count), float(count)))
        for name, count in counts.items()
    ]


def attempts_of(calls: pd.DataFrame, attempts: pd.DataFrame) -> pd.DataFrame:
    """The attempts that belong to these calls."""
    steps = 1 << 16
    of_calls = calls["arrival"].to_numpy(np.int64) * steps + calls["step"].to_numpy(np.int64)
    of_attempts = attempts["arrival"].to_numpy(np.int64) * steps + attempts["step"].to_numpy(np.int64)
    return attempts[np.isin(of_attempts, of_calls)]


def measured_for(threshold: Threshold, found: Measurements) -> Measurement:
    """The measurement that decides a threshold; one of n = 0 when the run has none."""
    name, unit = threshold.measurement, UNITS.get(threshold.quantity, "s")
    return found.get(name) or Measurement(name=name, value=0.0, unit=unit, n=0, low=None, high=None)


def _measurement(name: str, value: float, unit: Unit, n: int, within: Interval) -> Measurement:
    return Measurement(name=name, value=value, unit=unit, n=n, low=within.low, high=within.high)
