"""Times that a source wrote in whole milliseconds, as they may have been."""

from __future__ import annotations

import numpy as np

from harness.analyse.stats.effective_size import Floats

TICK_S, SAME_S = 0.001, 1e-6


def resolution_s(times_s: Floats) -> float:
    """A millisecond where all times are whole ones, else 0."""
    apart_s = np.abs(times_s - np.round(times_s / TICK_S) * TICK_S)
    return TICK_S if apart_s.max(initial=0.0) < SAME_S else 0.0


def spread_evenly(values_s: Floats, tick_s: float) -> Floats:
    """The values, shape (n,), in their order; equal ones lie evenly within their tick.

    So a percentile of many times is known more finely than a single time.
    """
    _, groups, sizes = np.unique(np.round(values_s / SAME_S), return_inverse=True, return_counts=True)
    order = np.argsort(groups, kind="stable")
    places = np.empty(len(groups))
    places[order] = np.arange(len(groups)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    spread: Floats = values_s + tick_s * ((places + 0.5) / sizes[groups] - 0.5)
    return spread
