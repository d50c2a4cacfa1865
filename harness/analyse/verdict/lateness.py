"""A run whose generator or upstream was late, seen in the policy's favour.

Lateness adds to latency, so a pass as measured holds in spite of it. A failure has to hold when the lateness is taken
off, and when no failed call counts that the lateness may have caused. Stalls of a second or two are left out with the
calls around them. A deep queue keeps the machine busy, so calls may be bad in stalls for a reason of their own: a pass
without the stalls also needs that the calls in them meet the limit, the lateness taken off.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from harness.analyse.evidence import Evidence
from harness.analyse.stats.effective_size import Floats, Ints
from harness.analyse.verdict.validity import undisturbed
from harness.model.call import Outcome
from harness.model.quantities import DURATIONS

LARGEST_SPOILT_SHARE = 0.2
BY_TIME = frozenset(
    outcome.value
    for outcome in (
        Outcome.CONNECT_TIMEOUT,
        Outcome.READ_TIMEOUT,
        Outcome.POOL_TIMEOUT,
        Outcome.BREAKER_OPEN,
        Outcome.THROTTLED,
        Outcome.LIMITED,
        Outcome.BUDGET_EXHAUSTED,
        Outcome.DEADLINE,
        Outcome.DROPPED,
        Outcome.CANCELLED,
    )
)
"""Outcomes that a late machine may cause; a status or a broken response does not depend on it."""
_QUEUED_BEHIND = 2.0
_SMALL_SHARE = 0.1
_DURATIONS = tuple(column for row in DURATIONS if row.slo for column in row.columns)


def spoilt_share(evidence: Evidence) -> float:
    """The share of the counted calls that were scheduled while generator or upstream stalled."""
    counted = len(evidence.counted)
    return 1 - len(_without_stalls(evidence).counted) / counted if counted else 0.0


def without_stalls_in_favour(evidence: Evidence) -> Evidence:
    """The calls outside stalls, with each call's own delay of dispatch taken off."""
    calm = _without_stalls(evidence)
    return _in_favour(calm, calm.calls["schedule_lag_s"].to_numpy(float))


def stalls_in_favour(evidence: Evidence) -> Evidence:
    """The calls in stalls alone, with the lateness taken off as by `in_favour`."""
    favoured = in_favour(evidence)
    return replace(favoured, calls=favoured.calls[~undisturbed(evidence)])


def in_favour(evidence: Evidence) -> Evidence:
    """All calls, with their own delay of dispatch and twice the largest lateness during each call taken off.

    Twice, because calls that a stall held back arrive together and queue behind each other.
    """
    calls = evidence.calls
    largest_s = _largest_s(_each_second_s(evidence), calls["scheduled_s"], calls["ended_s"])
    return _in_favour(evidence, calls["schedule_lag_s"].to_numpy(float) + _QUEUED_BEHIND * largest_s)


def _without_stalls(evidence: Evidence) -> Evidence:
    return replace(evidence, calls=evidence.calls[undisturbed(evidence)])


def _in_favour(evidence: Evidence, late_s: Floats) -> Evidence:
    """The evidence with so much taken off each call's durations, and without failures that it may have caused."""
    calls = evidence.calls.copy(deep=False)
    latency_s = calls["latency_s"].to_numpy(float)
    excused = calls["outcome"].isin(BY_TIME).to_numpy(bool) & (late_s > _SMALL_SHARE * latency_s)
    calls.loc[excused, "outcome"] = Outcome.OK.value
    calls.loc[excused, "attempts"] = 1
    for name in (column for column in _DURATIONS if column in calls):
        calls[name] = np.maximum(calls[name].to_numpy(float) - late_s, 0.0)
    return replace(evidence, calls=calls)


def _each_second_s(evidence: Evidence) -> Floats:
    """The largest lateness of generator and upstream in each second of the run."""
    served = evidence.served
    upstream_s = (served["actual_delay_s"] - served["intended_delay_s"]).to_numpy(float)
    at_s = np.concatenate([evidence.driver["at_s"].to_numpy(float), served["arrived_s"].to_numpy(float)])
    late_s = np.nan_to_num(np.concatenate([evidence.driver["late_s"].to_numpy(float), upstream_s]))
    second = np.maximum(np.nan_to_num(at_s), 0.0).astype(np.int64)
    largest = np.zeros(int(second.max(initial=0)) + 1)
    np.maximum.at(largest, second, late_s)
    return largest


def _largest_s(each_second_s: Floats, from_s: pd.Series[float], to_s: pd.Series[float]) -> Floats:
    """The largest of the seconds from each `from_s` to its `to_s`, and of one on both sides, shape (calls,)."""
    last = len(each_second_s) - 1
    first: Ints = np.clip(from_s.to_numpy(float).astype(np.int64) - 1, 0, last)
    end: Ints = np.clip(to_s.to_numpy(float).astype(np.int64) + 1, first, last)
    largest, spans = [each_second_s], (end - first + 1)
    while 2 ** len(largest) <= len(each_second_s):
        half, before = 2 ** (len(largest) - 1), largest[-1]
        largest.append(np.maximum(before, np.append(before[half:], np.zeros(min(half, len(before))))))
    power = np.floor(np.log2(spans)).astype(np.int64)
    table = np.stack([level[: len(each_second_s)] for level in largest])
    found: Floats = np.maximum(table[power, first], table[power, end - 2**power + 1])
    return found
