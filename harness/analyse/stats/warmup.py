"""How much of a run's start to leave out, estimated from the run itself: the MSER rule.

Latencies in the order of their schedule are averaged in batches of five; of all possible cuts in the first half the one
is taken that leaves the mean of the rest with the smallest standard error (K. P. White, An effective truncation
heuristic for bias reduction in simulation output, Simulation 69, 1997). Only calls before the first change of
conditions in the scenario take part: what a fault does to latency is the experiment, not a warm-up.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

BATCH = 5
_FEWEST_BATCHES = 20
_ROUNDING = 1e-12
"""A variance below this share of the mean square is an error of rounding, and says nothing for a later cut."""


def mser_s(calls: pd.DataFrame, at_least_s: float, change_s: float = float("inf")) -> float:
    """Seconds of warm-up from `at_least_s` to the middle between it and `change_s`, the first change of conditions.

    `at_least_s` alone where fewer than 100 calls were scheduled between both.
    """
    scheduled_s = calls["scheduled_s"]
    after = calls[(scheduled_s >= at_least_s) & (scheduled_s < change_s)]
    after = after.sort_values("scheduled_s", kind="stable")
    batches = len(after) // BATCH
    if batches < _FEWEST_BATCHES:
        return at_least_s
    means = after["latency_s"].to_numpy(float)[: batches * BATCH].reshape(batches, BATCH).mean(axis=1)
    left = np.arange(batches, 0, -1, dtype=float)
    sums, squares = means[::-1].cumsum()[::-1], (means**2)[::-1].cumsum()[::-1]
    errors = np.maximum(squares - sums**2 / left, _ROUNDING * squares) / left**2
    cut = int(np.argmin(errors[: batches // 2]))
    return at_least_s if cut == 0 else float(after["scheduled_s"].iloc[cut * BATCH])
