"""The measurements of a simulated run, as numbers: those of harness/analyse/measure, without their intervals."""

from __future__ import annotations

import numpy as np

from harness.analyse.evidence import Evidence
from harness.analyse.measure.columns import counted_in, is_error, percentile_s
from harness.analyse.measure.recovery import recovery
from harness.analyse.stats.quantiles import quantile_of
from harness.model.quantile import share_of
from harness.model.quantities import DURATIONS

Values = dict[str, float]
RATES = ("offered_rate", "achieved_rate", "goodput")
NOT_SIMULATED = ("connect", "schedule_lag")
"""Durations of connections and of the load generator, which the twin does not have."""


def values_of(evidence: Evidence) -> Values:
    """Every measurement of a simulated run by its dotted name.

    A percentile of latency is infinite where failed calls reach it; a recovery that did not occur is infinite.
    """
    calls, window = evidence.calls, evidence.window
    counted = evidence.counted
    ended_s, well = calls["ended_s"], ~is_error(calls)
    found = {
        name: float(window.holds(at_s).sum()) / window.length_s
        for name, at_s in zip(RATES, (calls["scheduled_s"], ended_s, ended_s[well]), strict=True)
        if window.length_s
    }
    found |= {"calls": float(len(counted)), "attempts": float(counted["attempts"].sum())}
    if len(counted):
        found["error_ratio"] = float(is_error(counted).mean())
        found["amplification"] = float(counted["attempts"].mean())
        for row in DURATIONS:
            covered = counted_in(counted, row.name, evidence.slo.failed_calls)
            if row.reported and row.name not in NOT_SIMULATED and len(covered):
                ordered = np.sort(percentile_s(covered, row.name))
                for statistic in row.reported:
                    found[f"{row.name}.{statistic}"] = _statistic(ordered, statistic)
    took = recovery(evidence)
    if took is not None:
        found["recovery"] = took.number if took.high is not None else np.inf
    return found


def _statistic(ordered: np.ndarray[tuple[int], np.dtype[np.float64]], statistic: str) -> float:
    if statistic == "max":
        return float(ordered[-1])
    return quantile_of(ordered, share_of(statistic))
