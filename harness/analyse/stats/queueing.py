"""Queueing theory: the waits of calls at c workers, by formula and by recursion.

Sources: D. Gross, J. F. Shortle, J. M. Thompson, C. M. Harris, Fundamentals of Queueing Theory, 5th ed., §3.3 (Erlang's
formulas); J. Kiefer, J. Wolfowitz, On the theory of queues with many servers, Trans. AMS 78 (1955) (the recursion).
"""

from __future__ import annotations

from heapq import heapreplace
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from harness.analyse.stats.effective_size import Floats  # It loads scipy.


def erlang_c(workers: int, offered: float) -> float:
    """The probability that a call has to wait in M/M/c, for an offered load λS < c in Erlang."""
    blocked = 1.0
    for k in range(1, workers + 1):
        blocked = offered * blocked / (k + offered * blocked)
    return workers * blocked / (workers - offered * (1 - blocked))


def mean_wait_s(workers: int, service_s: float, rate_per_s: float) -> float:
    """The mean wait in M/M/c, in seconds, for a mean service time and a rate below c / service_s."""
    return erlang_c(workers, rate_per_s * service_s) / (workers / service_s - rate_per_s)


def waits_s(arrived_s: Floats, service_s: Floats, workers: int) -> Floats:
    """The wait of each call in a queue of `workers`, first come first served; both arrays in order of arrival."""
    free = [0.0] * workers
    waits = np.empty(len(arrived_s))
    for i, (at, work) in enumerate(zip(arrived_s.tolist(), service_s.tolist(), strict=True)):
        start = max(at, free[0])
        heapreplace(free, start + work)
        waits[i] = start - at
    return waits


def slots(rate_per_s: float, hold_s: float) -> float:
    """Connections that λ calls a second which hold one for S seconds use on average: λS (J. D. C. Little, 1961)."""
    return rate_per_s * hold_s


def pool_size(rate_per_s: float, hold_s: float) -> int:
    """Connections enough for all but rare bursts: λS + 5·√(λS), as the busy ones vary like a Poisson number."""
    busy = slots(rate_per_s, hold_s)
    return max(1, round(busy + 5 * sqrt(busy) + 0.499))


def storm_free_rate(capacity_per_s: float, retries: int) -> float:
    """The rate up to which a backlog drains although every call is tried 1 + R times: μ / (1 + R)."""
    return capacity_per_s / (1 + retries)
