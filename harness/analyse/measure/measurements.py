"""A run's measurements: each with its unit, the samples behind it and a 95% interval.

Everything is taken from calls scheduled after the warm-up. Rates are per second of the counted window, from
the end of the warm-up to the last arrival:

- `offered_rate` counts calls scheduled inside it, `achieved_rate` calls that ended inside it, `goodput` those
  that succeeded inside it. A call that straddles the start is balanced by one that straddles the end, so a
  client that keeps up achieves what is offered; a backlog that drains after the last arrival is not counted.
- latencies, waits, errors and attempts belong to the calls scheduled after the warm-up, however late they
  ended: without the calls that end during the drain, the slowest calls would be missing. A failed call is infinitely
  late in every percentile of latency; with `failed_calls = "apart"` these cover the successful calls.
- `starved_caller` takes each thread's longest wait for a connection in one call: the median over the threads,
  and the worst. A large gap between them shows that the pool is unfair. No percentile over calls can show that,
  because a starved thread makes few calls.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from harness.analyse.evidence import Evidence
from harness.analyse.measure.columns import is_error, is_reported
from harness.analyse.measure.quantities import amplification, durations, error_ratio, measurement, rate
from harness.analyse.measure.sample import Sample, sample_of
from harness.analyse.measure.threshold_measurements import threshold_measurements
from harness.analyse.stats.intervals import UNKNOWN, Interval
from harness.analyse.stats.quantiles import quantile_of
from harness.model.quantities import DURATIONS, unit_of
from harness.model.slo import Threshold
from harness.model.verdict import Measurement

Measurements = dict[str, Measurement]


def measurements(evidence: Evidence) -> Measurements:
    """Every measurement of a run by its dotted name, with those that its thresholds name.

    A run without counted calls has rates and counts of 0 and no durations.
    """
    sample = sample_of([evidence])
    named = threshold_measurements(evidence, sample)
    standard = {m.name: m for m in _rates(evidence)} | {m.name: m for m in _counts(evidence, sample.calls)}
    if len(sample.calls):
        standard |= _of_calls(sample, _wanted(evidence), named)
    return standard | named


def _of_calls(sample: Sample, wanted: Mapping[str, Sequence[str]], named: Measurements) -> Measurements:
    """Those of at least one counted call, in their order; what thresholds named is not measured again."""
    found = {}
    for name, measure in (("error_ratio", error_ratio), ("amplification", amplification)):
        found[name] = named.get(name) or measure(sample)
    for quantity, statistics in wanted.items():
        names = {f"{quantity}.{statistic}": statistic for statistic in statistics}
        left = [statistic for name, statistic in names.items() if name not in named]
        measured = named | {m.name: m for m in durations(sample, quantity, left)}
        found |= {name: measured[name] for name in names if name in measured}
    return found | {m.name: m for m in _starved(sample.calls)}


def _wanted(evidence: Evidence) -> dict[str, tuple[str, ...]]:
    asked = [t for t in evidence.slo.parsed if not (t.route or t.window_s)]
    return {
        row.name: tuple(
            dict.fromkeys((*row.reported, *(t.statistic for t in asked if t.quantity == row.name)))
        )
        for row in DURATIONS
    }


def _rates(evidence: Evidence) -> list[Measurement]:
    calls = evidence.calls
    ended_s = calls["ended_s"]
    times = {
        "offered_rate": calls["scheduled_s"],
        "achieved_rate": ended_s,
        "goodput": ended_s[~is_error(calls)],
    }
    return [rate(name, [evidence], [at_s]) for name, at_s in times.items()]


def _counts(evidence: Evidence, calls: pd.DataFrame) -> list[Measurement]:
    attempts = attempts_of(calls, evidence.attempts)
    new = attempts["new_connection"].to_numpy(bool)
    sent = (attempts["first_byte_s"] > 0).to_numpy(bool)
    counts = {
        "calls": len(calls),
        "attempts": int(calls["attempts"].sum()),
        "hedges": int(attempts["hedge"].to_numpy(bool).sum()),
        "connections.opened": int(new.sum()),
        "connections.reused": int((~new & sent).sum()),
    }
    if attempts["discarded"].notna().all():  # Not every client's library shows it.
        counts["connections.discarded"] = int(attempts["discarded"].to_numpy(bool).sum())
    return [
        measurement(name, float(count), len(calls), Interval(float(count), float(count) if exact else None))
        for name, count in counts.items()
        for exact in (name == "calls" or bool(is_reported(calls).all()),)
    ]


def _starved(calls: pd.DataFrame) -> list[Measurement]:
    longest_s = calls["pool_wait_s"].groupby(calls["caller"]).max().to_numpy(float)
    worst_s, n = float(longest_s.max()), len(longest_s)
    return [
        measurement("starved_caller.p50", quantile_of(np.sort(longest_s), 0.5), n, UNKNOWN),
        measurement("starved_caller.max", worst_s, n, Interval(worst_s, None)),
    ]


def attempts_of(calls: pd.DataFrame, attempts: pd.DataFrame) -> pd.DataFrame:
    """The attempts that belong to these calls."""
    steps = int(max(calls["step"].max(), attempts["step"].max())) + 1 if len(calls) and len(attempts) else 1
    of_calls, of_attempts = (
        frame["arrival"].to_numpy(np.int64) * steps + frame["step"].to_numpy(np.int64)
        for frame in (calls, attempts)
    )
    return attempts[np.isin(of_attempts, of_calls)]  # by a table of all keys, which are close together


def measured_for(threshold: Threshold, found: Measurements) -> Measurement:
    """The measurement that decides a threshold; one of n = 0 when the run has none."""
    name = threshold.measurement
    unit = unit_of(threshold.measured_name)
    return found.get(name) or Measurement(name=name, value=0.0, unit=unit, n=0, low=None, high=None)
