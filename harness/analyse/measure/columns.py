"""Columns of calls as measurements need them: which calls, how long each took, and whether it failed.

In percentiles and maxima of latency a call that failed is infinitely late: its caller never had the response. It does
not matter how soon it failed. Its waits are as they were measured, whatever came of the call.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.analyse.stats.effective_size import Floats
from harness.model.call import Outcome
from harness.model.quantities import BY_NAME, LATENCY, OUTBOUND, Duration
from harness.model.slo import FailedCalls

Mask = NDArray[np.bool_]


def of_route(calls: pd.DataFrame, route: str) -> pd.DataFrame:
    """The calls of one route; all of them for "". A route is written as in the journey, with its method or without."""
    if not route:
        return calls
    chosen, (method, space, path) = calls["route"] == route, route.partition(" ")
    if space:
        chosen |= (calls["route"] == path) & (calls["method"] == method)
    return calls[chosen]


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
    """One duration of each call as percentiles count it, shape (calls,): a failed call's latency is infinite.

    So is what a started service should have reported and has not.
    """
    seconds = duration_s(calls, quantity)
    if quantity == LATENCY.name:
        return np.where(is_error(calls), np.inf, seconds)
    return np.where(is_known(calls, quantity), seconds, np.inf)


def is_known(calls: pd.DataFrame, quantity: str) -> Mask:
    """Which calls have this duration, shape (calls,): a started service has to report what happens inside of it."""
    row = BY_NAME[quantity]
    inside = isinstance(row, Duration) and row.inside_service
    return is_reported(calls) if inside else np.ones(len(calls), dtype=bool)


def is_reported(calls: pd.DataFrame) -> Mask:
    """Which calls a started service has reported, shape (calls,); all calls of other runs."""
    return calls["reported"].to_numpy(bool) if "reported" in calls else np.ones(len(calls), dtype=bool)


def is_amplifiable(calls: pd.DataFrame) -> Mask:
    """Which calls attempts per call are about, shape (calls,): all, of a started service those that made attempts.

    A handler that needs no dependency does not lower them, and neither does a call whose attempts are unknown.
    """
    return calls[OUTBOUND].to_numpy(bool) if OUTBOUND in calls else np.ones(len(calls), dtype=bool)


def column_s(calls: pd.DataFrame, name: str) -> Floats:
    """One column of seconds, shape (calls,); 0 where the record is older than the column."""
    return calls[name].to_numpy(float) if name in calls else np.zeros(len(calls))


def is_error(calls: pd.DataFrame) -> pd.Series[bool]:
    """Which calls did not succeed."""
    return calls["outcome"] != Outcome.OK.value
