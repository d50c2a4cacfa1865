"""The upstream's ledger and the calls' latencies, reduced to what their charts show."""

from __future__ import annotations

import numpy as np
import pandas as pd

COLUMNS = ("ended_s", "queue_wait_s", "service_s", "status", "client_gone")
RESULTS = ("answered", "error status", "client disconnected")
LATENCY_BINS, TIME_BINS = 24, 150


def per_second(served: pd.DataFrame, bin_s: float) -> pd.DataFrame:
    """One row per bin of `bin_s` seconds in which an attempt ended at the upstream.

    Columns: at_s, end_s, per second the attempts of each result, `busy` and `busy_for_disconnected` (workers, as
    service seconds per second), `queue_wait_s` (mean) and `longest_wait_s`.
    """
    at_s = (served["ended_s"].clip(lower=0) // bin_s * bin_s).rename("at_s")
    gone = served["client_gone"].astype(bool)
    error = ~gone & (served["status"] >= 400)
    columns = {
        RESULTS[0]: (~gone & ~error) / bin_s,
        RESULTS[1]: error / bin_s,
        RESULTS[2]: gone / bin_s,
        "busy": served["service_s"] / bin_s,
        "busy_for_disconnected": served["service_s"].where(gone, 0.0) / bin_s,
    }
    found = pd.DataFrame(columns).groupby(at_s).sum()
    waits = served["queue_wait_s"].groupby(at_s)
    found = found.assign(queue_wait_s=waits.mean(), longest_wait_s=waits.max()).reset_index()
    return found.assign(end_s=found["at_s"] + bin_s)


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
