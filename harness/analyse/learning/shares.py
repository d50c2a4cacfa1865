"""Shares, means and percentiles of dependent samples as measurements with their intervals."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from harness.analyse.stats.effective_size import Floats, effective_of_events
from harness.analyse.stats.intervals import mean_interval, quantile_interval, ratio_interval
from harness.analyse.stats.quantiles import quantile_of
from harness.model.quantile import share_of
from harness.model.verdict import Measurement

MOST_EVENTS = 200_000


def share(name: str, events: NDArray[np.bool_]) -> Measurement:
    """The share of events that are true, shape (n,) in order of time; no bound without events."""
    if not len(events):
        return Measurement(name=name, value=0.0, unit="ratio", n=0, low=None, high=None)
    value = float(events.mean())
    worth = effective_of_events(events, np.zeros(len(events), dtype=np.int64))
    bounds = ratio_interval(worth, value)
    return Measurement(name=name, value=value, unit="ratio", n=len(events), low=bounds.low, high=bounds.high)


def share_of_counts(name: str, part: Floats, whole: Floats) -> Measurement:
    """The share of events counted in steps, shape (n,) each in order of time.

    The interval is that of events which lie together within their step; of more than 200,000 it is that of so many.
    """
    total = float(whole.sum())
    if not total:
        return share(name, np.zeros(0, dtype=bool))
    scale = min(1.0, MOST_EVENTS / total)
    inside, outside = (np.round(counts * scale).astype(np.int64) for counts in (part, whole - part))
    events = np.repeat(np.tile([True, False], len(whole)), np.column_stack([inside, outside]).ravel())
    found = share(name, events)
    return found.model_copy(update={"value": float(part.sum()) / total, "n": round(total)})


def mean(name: str, values: Floats) -> Measurement:
    """The mean of values of 0 or more, shape (n,) with n ≥ 1, in order of time."""
    bounds = mean_interval(values, np.zeros(len(values), dtype=np.int64))
    return Measurement(
        name=name, value=float(values.mean()), unit="ratio", n=len(values), low=bounds.low, high=bounds.high
    )


def quantile(name: str, values_s: Floats, statistic: str) -> Measurement:
    """A percentile such as `p99` of times, shape (n,) with n ≥ 1, in order of time."""
    at, phases = share_of(statistic), np.zeros(len(values_s), dtype=np.int64)
    bounds = quantile_interval(values_s, phases, at)
    value = quantile_of(np.sort(values_s), at)
    return Measurement(name=name, value=value, unit="s", n=len(values_s), low=bounds.low, high=bounds.high)
