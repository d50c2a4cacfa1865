"""Measurements that a threshold needs beyond the standard ones: of one route, of the worst stretch, of recovery."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from harness.analyse.evidence import Evidence
from harness.analyse.measure.quantities import measure_one, of_route
from harness.analyse.measure.recovery import recovery
from harness.model.slo import Threshold
from harness.model.verdict import Measurement

_OVERLAP = 2


def threshold_measurements(evidence: Evidence) -> dict[str, Measurement]:
    """The measurements that the run's thresholds name and the standard ones lack, by dotted name."""
    found: dict[str, Measurement] = {}
    for threshold in evidence.slo.parsed:
        measured = recovery(evidence) if threshold.statistic == "recovery" else _narrowed(threshold, evidence)
        if measured is not None:
            found[threshold.measurement] = measured.model_copy(update={"name": threshold.measurement})
    return found


def _narrowed(threshold: Threshold, evidence: Evidence) -> Measurement | None:
    if not threshold.route and not threshold.window_s:
        return None
    of_it = replace(evidence, calls=of_route(evidence.calls, threshold.route))
    if not threshold.window_s:
        return measure_one(threshold, of_it)
    stretches = [measure_one(threshold, part) for part in _windows(of_it, threshold.window_s)]
    return _worst(threshold, [m for m in stretches if m is not None])


def _windows(evidence: Evidence, length_s: float) -> list[Evidence]:
    """The counted window cut into stretches that overlap by half; one shorter run is one stretch."""
    window = evidence.window
    last_s = max(window.start_s, window.end_s - length_s)
    starts = np.unique([*np.arange(window.start_s, last_s, length_s / _OVERLAP), last_s])
    return [_stretch(evidence, float(at_s), min(float(at_s) + length_s, window.end_s)) for at_s in starts]


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
    return worst.model_copy(update={"low": low, "high": high})
