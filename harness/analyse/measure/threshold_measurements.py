"""Measurements that thresholds need beyond the standard ones: of one route, of the worst stretch, of recovery.

A verdict fails when one threshold is broken, so the bounds that can break one hold together with 95%: with k
thresholds and windows each has the confidence 1 - 5%/k (Bonferroni's correction, which leaves an interval to each), at
least that of a two-sided 95% interval. A verdict passes when all thresholds hold, which needs no correction
(R. L. Berger, Technometrics 24, 1982).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from harness.analyse.evidence import Evidence
from harness.analyse.measure.quantities import measure_one, of_route
from harness.analyse.measure.recovery import recovery
from harness.analyse.stats.effective_size import CONFIDENCE, Floats
from harness.analyse.stats.intervals import TWO_SIDED, Sides
from harness.model.slo import Threshold
from harness.model.verdict import Measurement

_OVERLAP = 2


def threshold_measurements(evidence: Evidence) -> dict[str, Measurement]:
    """The measurements that the run's thresholds name and the standard ones lack, by dotted name."""
    found: dict[str, Measurement] = {}
    together = breaking_confidence(evidence)
    for threshold in evidence.slo.parsed:
        measured = (
            recovery(evidence)
            if threshold.statistic == "recovery"
            else _narrowed(threshold, evidence, together)
        )
        if measured is not None:
            found[threshold.measurement] = measured.model_copy(update={"name": threshold.measurement})
    return found


def breaking_confidence(evidence: Evidence) -> float:
    """The confidence of each bound that can break a threshold, so that all of them hold together with 95%."""
    length_s = evidence.window.length_s
    bounds = sum(len(_starts(length_s, t.window_s)) if t.window_s else 1 for t in evidence.slo.parsed)
    return max(TWO_SIDED.low, 1 - (1 - CONFIDENCE) / max(1, bounds))


def _narrowed(threshold: Threshold, evidence: Evidence, together: float) -> Measurement | None:
    if not (threshold.route or threshold.window_s) and together == TWO_SIDED.low:
        return None
    sides = Sides(low=together) if threshold.upper else Sides(high=together)
    of_it = replace(evidence, calls=of_route(evidence.calls, threshold.route))
    if not threshold.window_s:
        return measure_one(threshold, of_it, sides)
    stretches = [measure_one(threshold, part, sides) for part in _windows(of_it, threshold.window_s)]
    return _worst(threshold, [m for m in stretches if m is not None])


def _windows(evidence: Evidence, length_s: float) -> list[Evidence]:
    """The counted window cut into stretches that overlap by half; one shorter run is one stretch."""
    window = evidence.window
    starts = window.start_s + _starts(window.length_s, length_s)
    return [_stretch(evidence, float(at_s), min(float(at_s) + length_s, window.end_s)) for at_s in starts]


def _starts(whole_s: float, length_s: float) -> Floats:
    """Where windows of one length begin in a stretch of time, in seconds from its start."""
    last_s = max(0.0, whole_s - length_s)
    return np.unique([*np.arange(0.0, last_s, length_s / _OVERLAP), last_s])


def _stretch(evidence: Evidence, start_s: float, end_s: float) -> Evidence:
    slo = evidence.slo.model_copy(update={"warmup_s": start_s})
    return replace(evidence, slo=slo, duration_s=end_s, cut_s=end_s)


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
