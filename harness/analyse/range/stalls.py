"""Which calls of a trial a stall of the machine made late, and which were late without it.

In a queue that is served in order of arrival, requests that arrive up to d later end at most d later, because its
recursion is monotone and commutes with a shift of time (J. Kiefer, J. Wolfowitz, Trans. AMS 78, 1955). So a call that
is beyond the limit by more than the measured lateness around it would have been late without a stall.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d

from harness.analyse.evidence import Evidence
from harness.analyse.stats.effective_size import Floats
from harness.analyse.verdict.validity import lateness_bound_s

BIN_S, AROUND_S = 0.1, 0.5
FEW = 3.0
RELATED = 3.0

Flags = NDArray[np.bool_]


def spoilt(evidence: Evidence, seconds: Floats, limit_s: float, allowed: float) -> Flags:
    """Which of `evidence.calls` a stall may have made late, in the order of its rows; they say nothing of the policy.

    `seconds` are their latencies, infinite for calls that count as late anyway. A late heartbeat alone spoils no
    call: calls that were sent late, or answered late by the upstream, do. Calls that were late without the stall stay.
    None is spoilt where stalls come with the late calls themselves, more than `RELATED` times as often as elsewhere:
    to leave out these seconds would leave out the queue.
    """
    if not len(seconds):
        return np.zeros(0, dtype=bool)
    around_s = _lateness_s(evidence)
    stalled = around_s > lateness_bound_s(evidence.slo)
    late_anyway = seconds - around_s > limit_s
    if not stalled.any() or stalled.all():
        return stalled & ~late_anyway
    elsewhere = float(np.mean(seconds[~stalled] > limit_s))
    related = float(np.mean(late_anyway[stalled])) > RELATED * max(elsewhere, allowed / 10)
    return np.zeros(len(seconds), dtype=bool) if related else stalled & ~late_anyway


def _lateness_s(evidence: Evidence) -> Floats:
    """For each call, the worst measured lateness within half a second of its schedule or of the backlog it is in."""
    calls, served = evidence.calls, evidence.served
    scheduled_s = calls["scheduled_s"].to_numpy(float)
    bins = int(max(scheduled_s.max(initial=0.0), evidence.duration_s) / BIN_S) + 2
    worst = np.zeros(bins)
    _raise(worst, scheduled_s, calls["schedule_lag_s"].to_numpy(float))
    if len(served):
        error_s = (served["actual_delay_s"] - served["intended_delay_s"]).to_numpy(float)
        _raise(worst, served["arrived_s"].to_numpy(float), error_s)
    driver, rate_per_s = evidence.driver, len(calls) / max(evidence.duration_s, BIN_S)
    unseen = driver["late_s"].to_numpy(float) * rate_per_s < FEW
    _raise(worst, driver["at_s"].to_numpy(float)[unseen], driver["late_s"].to_numpy(float)[unseen])
    _hold(worst, scheduled_s, calls["latency_s"].to_numpy(float))
    around = maximum_filter1d(worst, 2 * round(AROUND_S / BIN_S) + 1, mode="nearest")
    found: Floats = around[_bin(scheduled_s, bins)]
    return found


def _hold(worst: Floats, scheduled_s: Floats, latency_s: Floats) -> None:
    """A stall's lateness lasts until the backlog has drained: while every call takes longer than half of all calls."""
    fastest_s = np.full(len(worst), np.inf)
    np.minimum.at(fastest_s, _bin(scheduled_s, len(worst)), latency_s)
    waits = fastest_s > np.median(latency_s)
    for k in np.flatnonzero(waits[1:]) + 1:
        worst[k] = max(worst[k], worst[k - 1])


def _raise(worst: Floats, at_s: Floats, late_s: Floats) -> None:
    np.maximum.at(worst, _bin(at_s, len(worst)), np.nan_to_num(late_s))


def _bin(at_s: Floats, bins: int) -> NDArray[np.int64]:
    return np.clip((np.nan_to_num(at_s) / BIN_S).astype(np.int64), 0, bins - 1)
