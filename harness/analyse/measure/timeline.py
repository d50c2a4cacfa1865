"""A run over time, and the shape of its latency: frames for charts and live views.

Calls appear in the bin in which they ended, so that a live run's bins do not change once they have ended; only
`offered` follows the schedule. Rates are per second.
"""

from __future__ import annotations

from typing import cast

import numpy as np
import pandas as pd

from harness.analyse.measure.columns import (
    Mask,
    column_s,
    counted_in,
    duration_s,
    is_amplifiable,
    is_error,
    is_known,
    percentile_s,
)
from harness.analyse.stats.effective_size import Floats, Ints
from harness.analyse.stats.quantiles import ranks
from harness.model.quantities import DURATIONS, FIRST_BYTE, LATENCY, OTHER, PARTS, Part
from harness.model.slo import FailedCalls

GONE_S = 5.0
QUANTILES: Floats = np.concatenate([np.linspace(0.0, 0.9, 46)[:-1], 1 - np.geomspace(0.1, 0.001, 61)])

_PERCENTILES = {"p50_s": 0.50, "p95_s": 0.95, "p99_s": 0.99}
_MEANS = tuple(row for row in DURATIONS if row is not LATENCY)


def per_second(
    calls: pd.DataFrame,
    bin_s: float = 1.0,
    driver: pd.DataFrame | None = None,
    failed_calls: FailedCalls = "late",
) -> pd.DataFrame:
    """Traffic, errors, latency and waits in bins of `bin_s` seconds, one row a bin from 0 on.

    Columns: `at_s` (the bin's start), `n` (calls that ended in it), `offered`, `ended`, `goodput`, `errors`
    and `attempts` per second, `error_ratio`, `p50_s`, `p95_s`, `p99_s`, `amplification`, and the mean of
    each other duration (`connect_s`, `backoff_s`, …). Where no call ended, ratios, percentiles and means are NaN.
    `amplification` and the other durations are of the calls of which a started service has reported them.
    A percentile that failed calls reach is infinite; with `failed_calls = "apart"` percentiles cover the successful
    calls, and are NaN where none succeeded. The frame of an empty run has no rows.

    `driver` is the record's table of that name, for a run that is still live: calls that have not ended are in no
    record yet, and what was offered is then at least the journeys that were due.
    """
    ended, scheduled = _bins(calls["ended_s"], bin_s), _bins(calls["scheduled_s"], bin_s)
    arrived = np.zeros(0) if driver is None else _arrived(driver, bin_s)
    bins = max(int(max(ended.max(), scheduled.max())) + 1 if len(calls) else 0, len(arrived))
    offered = np.bincount(scheduled, minlength=bins).astype(np.float64)
    offered[: len(arrived)] = np.maximum(offered[: len(arrived)], arrived)
    n = np.bincount(ended, minlength=bins).astype(float)
    errors = _sum(ended, is_error(calls).to_numpy(bool).astype(np.float64), bins)
    covered = counted_in(calls, LATENCY.name, failed_calls)
    attempts = _sum(ended, calls["attempts"].to_numpy(float), bins)
    columns = {
        "at_s": np.arange(bins) * bin_s,
        "n": n.astype(np.int64),
        "offered": offered / bin_s,
        "ended": n / bin_s,
        "goodput": (n - errors) / bin_s,
        "errors": errors / bin_s,
        "error_ratio": _share(errors, n),
        **_percentiles(_bins(covered["ended_s"], bin_s), percentile_s(covered, LATENCY.name), bins),
        "attempts": attempts / bin_s,
        "amplification": _mean_of(is_amplifiable(calls), ended, calls["attempts"].to_numpy(float), bins),
        **{
            row.field: _mean_of(is_known(calls, row.name), ended, duration_s(calls, row.name), bins)
            for row in _MEANS
        },
    }
    return pd.DataFrame(columns)


def reported_s(driver: pd.DataFrame) -> float:
    """Until when every process has reported, in seconds; 0 before the first report. `driver` is the record's table.

    A process that was silent for GONE_S while others reported has ended, as after a scale-down; it is not waited for.
    """
    last_s = driver.groupby("process")["at_s"].max()
    return float(last_s[last_s > last_s.max() - GONE_S].min()) if len(last_s) else 0.0


def anatomy(calls: pd.DataFrame, bin_s: float = 1.0) -> pd.DataFrame:
    """Where a call's time went: columns `at_s`, `part`, `mean_s`, one row for each part of each bin.

    The parts of a bin add up to the mean time that the calls that ended in it had taken, failed ones included: it is
    not their mean latency, which a failed call has not. Bins in which none ended are left out.
    """
    ended = _bins(calls["ended_s"], bin_s)
    n = np.bincount(ended).astype(float) if len(calls) else np.zeros(0)
    at = np.flatnonzero(n)
    frames = [
        pd.DataFrame({"at_s": at * bin_s, "part": part, "mean_s": _mean(ended, seconds, n)[at]})
        for part, seconds in parts(calls).items()
    ]
    return pd.concat(frames, ignore_index=True).sort_values("at_s", kind="stable", ignore_index=True)


def parts(calls: pd.DataFrame) -> dict[str, Floats]:
    """Seconds of each call by where they went, in the order in which they occur; they add up to all that it took.

    `other` is what no part explains. Overlaps of a few microseconds are subtracted from the wait for the upstream.
    """
    known = {part.title: _seconds(calls, part) for part in PARTS if part is not OTHER}
    rest = column_s(calls, LATENCY.field) - cast("Floats", sum(known.values()))
    for part in FIRST_BYTE.parts:
        known[part.title] = known[part.title] + np.minimum(rest, 0.0)
    return known | {OTHER.title: np.maximum(rest, 0.0)}


def _seconds(calls: pd.DataFrame, part: Part) -> Floats:
    seconds = column_s(calls, part.column)
    return seconds - column_s(calls, part.without) if part.without else seconds


def distribution(values_s: Floats, quantiles: Floats = QUANTILES) -> pd.DataFrame:
    """Columns `quantile` and `value_s`: the shape of many durations in a few points, dense towards the tail.

    Quantiles that fewer than one of the values lies beyond are left out: they would all be the maximum. So are those
    that failed calls reach: they are infinite.
    """
    ordered, n = np.sort(values_s), len(values_s)
    known = quantiles[(1 - quantiles) * n >= 1 - 1e-9] if n else quantiles[:0]
    found = ordered[ranks(n, known)]
    reached = np.isfinite(found)
    return pd.DataFrame({"quantile": known[reached], "value_s": found[reached]})


def _bins(at_s: pd.Series[float], bin_s: float) -> Ints:
    bins: Ints = np.maximum(at_s.to_numpy(float) // bin_s, 0).astype(np.int64)
    return bins


def _arrived(driver: pd.DataFrame, bin_s: float) -> Floats:
    """Journeys that were due in each whole bin that every process has reported on, from their running counts."""
    processes = [rows.sort_values("at_s") for _, rows in driver.groupby("process")]
    known_s = reported_s(driver)
    edges = np.arange(int(known_s // bin_s) + 1) * bin_s
    counts = [
        np.interp(edges, [0.0, *rows["at_s"]], [0.0, *rows["arrived"].astype(float)]) for rows in processes
    ]
    total: Floats = np.sum(counts, axis=0) if counts else np.zeros(len(edges))
    return np.diff(total)


def _sum(bins: Ints, values: Floats, count: int) -> Floats:
    return np.bincount(bins, values, minlength=count).astype(np.float64)


def _share(part: Floats, whole: Floats) -> Floats:
    share: Floats = np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
    return share


def _mean_of(chosen: Mask, bins: Ints, values: Floats, count: int) -> Floats:
    """The mean of the chosen values in each bin."""
    n = np.bincount(bins[chosen], minlength=count).astype(float)
    return _share(_sum(bins[chosen], values[chosen], count), n)


def _mean(bins: Ints, values: Floats, n: Floats) -> Floats:
    return _share(_sum(bins, values, len(n)), n)


def _percentiles(bins: Ints, values_s: Floats, count: int) -> dict[str, Floats]:
    """Percentiles of each bin, whose values are sorted by themselves: much faster than one sort by bin and value."""
    n = np.bincount(bins, minlength=count)
    first = np.cumsum(n) - n
    ordered = values_s[np.argsort(bins, kind="stable")]
    for of_bin in np.split(ordered, first[1:]):
        of_bin.sort()
    found = {}
    for name, quantile in _PERCENTILES.items():
        column = np.full(count, np.nan)
        column[n > 0] = ordered[(first + ranks(n, quantile))[n > 0]]
        found[name] = column
    return found
