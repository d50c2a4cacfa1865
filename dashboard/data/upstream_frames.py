"""The upstream's ledger and the calls' latencies, reduced to what their charts show."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

COLUMNS = ("arrived_s", "ended_s", "queue_wait_s", "service_s", "status", "client_gone")
RESULTS = ("answered", "error status", "client disconnected")
ROWS_PER_DECADE, COLUMNS_AT_MOST = 8, 150


def per_second(served: pd.DataFrame, bin_s: float) -> pd.DataFrame:
    """One row per bin of `bin_s` seconds, from the first in which a worker was busy or an attempt ended to the last.

    Columns: at_s, end_s, per second the attempts of each result by when they ended, `busy` and `busy_for_disconnected`
    (workers, mean of the bin, by when they worked), `queue_wait_s` (mean) and `longest_wait_s` of the attempts that
    ended, NaN where none did.
    """
    begun_s = (served["arrived_s"] + served["queue_wait_s"]).to_numpy(float).clip(min=0)
    over_s = begun_s + served["service_s"].to_numpy(float)
    ended = (served["ended_s"].clip(lower=0) // bin_s).astype(int)
    first = min([int(begun_s.min() // bin_s), int(ended.min())]) if len(served) else 0
    last = max([int(over_s.max() // bin_s), int(ended.max())]) if len(served) else -1
    gone = served["client_gone"].to_numpy(bool)
    error = ~gone & (served["status"] >= 400).to_numpy(bool)
    edges: Floats = np.arange(first, last + 2).astype(np.float64) * bin_s

    def rate(which: NDArray[np.bool_]) -> Floats:
        return np.bincount(ended[which] - first, minlength=last + 1 - first) / bin_s

    waits = served["queue_wait_s"].groupby(ended)
    every = range(first, last + 1)
    return pd.DataFrame(
        {
            "at_s": edges[:-1],
            RESULTS[0]: rate(~gone & ~error),
            RESULTS[1]: rate(error),
            RESULTS[2]: rate(gone),
            "busy": _at_work(begun_s, over_s, edges) / bin_s,
            "busy_for_disconnected": _at_work(begun_s[gone], over_s[gone], edges) / bin_s,
            "queue_wait_s": waits.mean().reindex(every).to_numpy(float),
            "longest_wait_s": waits.max().reindex(every).to_numpy(float),
            "end_s": edges[1:],
        }
    )


def _at_work(begun_s: Floats, over_s: Floats, edges: Floats) -> Floats:
    """Worker seconds in each bin, of work from and to these moments."""

    def since(moments_s: Floats) -> Floats:
        """The seconds that have passed since each moment, summed up, at each edge."""
        ordered = np.sort(moments_s)
        before = np.searchsorted(ordered, edges)
        found: Floats = edges * before - np.concatenate([[0.0], np.cumsum(ordered)])[before]
        return found

    return np.diff(since(begun_s) - since(over_s))


def filled(found: pd.DataFrame, bin_s: float) -> pd.DataFrame:
    """The bins of several parts of a run with those between them, in which nothing was at work."""
    if found.empty:
        return found
    first, last = (round(found["at_s"].agg(which) / bin_s) for which in ("min", "max"))
    whole = found.set_index("at_s").reindex(np.arange(first, last + 1) * bin_s)
    whole = whole.fillna(dict.fromkeys([*RESULTS, "busy", "busy_for_disconnected"], 0.0))
    return whole.assign(end_s=whole.index + bin_s).reset_index()[list(found)]


def cell_s(length_s: float, bin_s: float) -> float:
    """How many seconds a cell of the heat map has where so many are shown in bins of `bin_s`: one or two bins."""
    return bin_s if length_s <= COLUMNS_AT_MOST else 2.0 * bin_s


def cells(calls: pd.DataFrame, until_s: float, from_s: float = 0.0, step_s: float = 1.0) -> pd.DataFrame:
    """How many calls ended in each bin of time and of latency: at_s, end_s, low_s, high_s, calls.

    There are eight latency bins from 1 ms to 10 ms, and so on; cells without a call are left out. `from_s` is a whole
    bin's start, and `step_s` the length of a bin.
    """
    taken = calls["latency_s"].to_numpy(float).clip(min=1e-5)
    if not len(taken):
        return pd.DataFrame(columns=["at_s", "end_s", "low_s", "high_s", "calls"], dtype=float)
    first, last = (int(np.floor(np.log10(end) * ROWS_PER_DECADE)) for end in (taken.min(), taken.max()))
    # One more on each side, because they are rounded: an address has them as they are shown.
    edges = [float(f"{10 ** (row / ROWS_PER_DECADE):.4g}") for row in range(first - 1, last + 3)]
    rows = np.array(edges)
    columns = np.arange(from_s, until_s + step_s, step_s)
    counts, _, _ = np.histogram2d(calls["ended_s"].to_numpy(float), taken, [columns, rows])
    x, y = np.nonzero(counts)
    return pd.DataFrame(
        {
            "at_s": columns[x],
            "end_s": columns[x + 1],
            "low_s": rows[y],
            "high_s": rows[y + 1],
            "calls": counts[x, y].astype(int),
        }
    )
