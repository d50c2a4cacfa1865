"""What a call takes beyond what the policy and the upstream intend: client, network and upstream at work.

The upstream's ledger says of each attempt how long it was meant to take there, waiting included. What the client saw
beyond that, and beyond its own waits for a place, is what both of them took to do it.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from harness.analyse.learning.shares import quantile
from harness.analyse.stats.effective_size import Floats
from harness.model.quantities import DURATIONS
from harness.model.verdict import Measurement

WAITS = [row.field for row in DURATIONS if row.before_start]
"""What a call waits for between the start of its thread and that of its attempt."""


def client_overheads_s(calls: pd.DataFrame, served: pd.DataFrame) -> Floats:
    """The seconds of each call that had one attempt and succeeded, in order of their starts, shape (n,).

    `calls` are a record's with their durations, `served` is its table.
    """
    single = calls[(calls["attempts"] == 1) & (calls["outcome"] == "ok")]
    keyed = single.assign(key=single["arrival"].astype(str) + "." + single["step"].astype(str))
    first = served[(served["attempt"] == 0) & ~served["client_gone"].astype(bool)]
    both = keyed.merge(first[["key", "intended_delay_s"]], on="key").sort_values("started_s")
    took_s = both["latency_s"] - (both["started_s"] - both["dispatched_s"]) - both[WAITS].sum(axis=1)
    found: Floats = (took_s - both["intended_delay_s"]).clip(lower=0.0).to_numpy(float)
    return found


def client_overhead(overheads_s: Floats) -> Measurement:
    """Their median with its interval."""
    return quantile("overhead", overheads_s, "p50")


def busiest_per_s(started_s: Floats) -> float:
    """How many attempts began in the busiest whole second, of their starts in any order; 0 without attempts."""
    return float(np.bincount(started_s[started_s >= 0].astype(np.int64)).max(initial=0))
