"""The upstream's ledger and the calls' latencies, reduced to what their charts show."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

COLUMNS = ("arrived_s", "ended_s", "queue_wait_s", "service_s", "status", "client_gone")
RESULTS = ("answered", "error status", "client disconnected")
LATENCY_BINS, TIME_BINS = 24, 150


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


def cells(calls: pd.DataFrame, until_s: float, from_s: float = 0.0) -> pd.DataFrame:
    """How many calls ended in each bin of time and of latency: at_s, end_s, low_s, high_s, calls.

    Latency bins grow by a constant factor; cells without a call are left out. `from_s` is a whole bin's start.
    """
    taken = calls["latency_s"].to_numpy(float).clip(min=1e-5)
    if not len(taken):
        return pd.DataFrame(columns=["at_s", "end_s", "low_s", "high_s", "calls"], dtype=float)
    rows = np.geomspace(taken.min() * 0.999, taken.max() * 1.001, LATENCY_BINS + 1)
    rows = np.array([float(f"{edge:.12g}") for edge in rows])  # as an address has them
    step_s = max(1.0, np.ceil((until_s - from_s) / TIME_BINS))
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
