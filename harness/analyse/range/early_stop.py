"""Whether the backlog of a running trial grows without bound, so that all of its calls will be late.

By Little's law a call that finds N others in the system spends about N / rate in it. When N is well beyond what the
limit of latency allows and grows with every sample, more time does not change the result.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from harness.analyse.stats.effective_size import Floats

SAMPLES = 4
BEYOND = 3.0
LEAST_IN_FLIGHT = 25.0


def backlog_is_unbounded(in_flight: Sequence[float], rate_per_s: float, limit_s: float) -> bool:
    """True when the last samples of the calls in flight, taken at even distances, all grow beyond 3 × rate × limit.

    Both the regression line through the samples and the queue itself must grow, so that one burst is not taken for a
    trend.
    """
    if len(in_flight) < SAMPLES:
        return False
    last = np.asarray(in_flight[-SAMPLES:], dtype=float)
    slope = float(np.polyfit(np.arange(SAMPLES), last, 1)[0])
    bound = max(LEAST_IN_FLIGHT, BEYOND * rate_per_s * limit_s)
    return bool(last[-2:].min() > bound and slope > 0 and last[-1] > last[0])


def served_under_backlog(
    arrived_s: Floats, ended_s: Floats, until_s: float, rate_per_s: float, limit_s: float
) -> float | None:
    """Requests that ended per second in the second half of a trial that had a backlog throughout; None without one.

    `arrived_s` and `ended_s` are in order. There is a backlog while more requests are under way than arrive within the
    limit of latency.
    """
    at_s = np.linspace(until_s / 2, until_s, 11)
    done = np.searchsorted(ended_s, at_s)
    under_way = np.searchsorted(arrived_s, at_s) - done
    if under_way.min() < max(LEAST_IN_FLIGHT, rate_per_s * limit_s):
        return None
    return float((done[-1] - done[0]) / (until_s / 2))
