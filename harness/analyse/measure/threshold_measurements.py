"""Measurements that thresholds name: of the whole run, of one route, of the worst stretch, of recovery.

A verdict fails when one threshold is broken, so the bounds that can break one hold together with 95%: with k
thresholds and windows each has the confidence 1 - 5%/k (Bonferroni's correction, which leaves an interval to each), at
least that of a two-sided 95% interval. A verdict passes when all thresholds hold, which needs no correction
(R. L. Berger, Technometrics 24, 1982).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from harness.analyse.evidence import Evidence
from harness.analyse.measure.columns import of_route
from harness.analyse.measure.quantities import measure_one
from harness.analyse.measure.recovery import recovery
from harness.analyse.measure.sample import Sample, sample_of
from harness.analyse.stats.effective_size import CONFIDENCE, Floats
from harness.analyse.stats.intervals import TWO_SIDED, Sides
from harness.model.slo import Threshold
from harness.model.verdict import Measurement

_OVERLAP = 2


def threshold_measurements(evidence: Evidence, sample: Sample | None = None) -> dict[str, Measurement]:
    """The measurements that the run's thresholds name, by dotted name; `sample` is the run's, where it is known."""
    found: dict[str, Measurement] = {}
    together, parsed = breaking_confidence(evidence), evidence.slo.parsed
    runs = {route: _of_route([evidence], route) for route in dict.fromkeys(t.route for t in parsed)}
    samples = {route: sample if sample and not route else sample_of(of_it) for route, of_it in runs.items()}
    for threshold in parsed:
        route, sides = threshold.route, sides_of(threshold, together)
        measured = _measured(threshold, runs[route], samples[route], sides)
        if measured is not None:
            found[threshold.measurement] = measured.model_copy(update={"name": threshold.measurement})
    return found


def breaking_confidence(evidence: Evidence) -> float:
    """The confidence of each bound that can break a threshold, so that all of them hold together with 95%."""
    return max(TWO_SIDED.low, 1 - (1 - CONFIDENCE) / breaking_bounds(evidence))


def breaking_bounds(evidence: Evidence) -> int:
    """How many bounds can break a threshold of the run: one for each threshold, or for each of its windows."""
    length_s = evidence.window.length_s
    bounds = sum(len(_starts(length_s, t.window_s)) if t.window_s else 1 for t in evidence.slo.parsed)
    return max(1, bounds)


def measure_threshold(threshold: Threshold, runs: Sequence[Evidence], sides: Sides) -> Measurement | None:
    """What one threshold names, of runs of one scenario together; None when they have no such call.

    Recovery is that of the slowest run: each one has an incident of its own.
    """
    of_it = _of_route(runs, threshold.route)
    return _measured(threshold, of_it, sample_of(of_it), sides)


def _of_route(runs: Sequence[Evidence], route: str) -> Sequence[Evidence]:
    """The runs with the calls of one route alone; as they are for ""."""
    return [replace(run, calls=of_route(run.calls, route)) for run in runs] if route else runs


def _measured(
    threshold: Threshold, runs: Sequence[Evidence], sample: Sample, sides: Sides
) -> Measurement | None:
    """What one threshold names, of runs with the calls of its route, whose `sample` is known."""
    if threshold.statistic == "recovery":
        each = [took for run in runs if (took := recovery(run)) is not None]
        return max(each, key=lambda took: took.number, default=None)
    if not threshold.window_s:
        return measure_one(threshold, runs, sample, sides)
    windows = zip(*(_windows(run, threshold.window_s) for run in runs), strict=True)
    stretches = [measure_one(threshold, parts, sample_of(parts), sides) for parts in windows]
    return _worst(threshold, [m for m in stretches if m is not None])


def sides_of(threshold: Threshold, breaking: float, holding: float = TWO_SIDED.high) -> Sides:
    """The confidence of each bound, from that of the one that can break the threshold and that of the other one."""
    return Sides(low=breaking, high=holding) if threshold.upper else Sides(low=holding, high=breaking)


def _windows(evidence: Evidence, length_s: float) -> list[Evidence]:
    """The counted window cut into stretches that overlap by half; one shorter run is one stretch."""
    window = evidence.window
    starts = window.start_s + _starts(window.length_s, length_s)
    return [evidence.between(float(at_s), min(float(at_s) + length_s, window.end_s)) for at_s in starts]


def _starts(whole_s: float, length_s: float) -> Floats:
    """Where windows of one length begin in a stretch of time, in seconds from its start."""
    last_s = max(0.0, whole_s - length_s)
    return np.unique([*np.arange(0.0, last_s, length_s / _OVERLAP), last_s])


def _worst(threshold: Threshold, stretches: list[Measurement]) -> Measurement | None:
    """The worst stretch's value; its bounds hold for every stretch: the worst ones among them."""
    if not stretches:
        return None
    worst = (max if threshold.upper else min)(stretches, key=lambda m: m.number)
    lows, highs = [m.low for m in stretches], [m.high for m in stretches]
    if threshold.upper:
        low = max((v for v in lows if v is not None), default=None)
        high = None if None in highs else max(v for v in highs if v is not None)
    else:
        low = None if None in lows else min(v for v in lows if v is not None)
        high = min((v for v in highs if v is not None), default=None)
    by_tail = any(m.by_tail and m.high == high for m in stretches)
    return worst.model_copy(update={"low": low, "high": high, "by_tail": by_tail})
