"""Whether the backlog of a running trial grows without bound, so that all of its calls will be late.

By Little's law a call that finds N others in the system spends about N / rate in it. When N is well beyond what the
limit of latency allows and grows with every sample, more time does not change the result.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

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
