"""Vegas' thresholds on a moving baseline: the rule of harness/session/limits/failsafe.py, its state in a record."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.session.limits.failsafe import LEAST_VARIATION, SMOOTHED
from harness.session.limits.sample import WARM_UP
from harness.twin.compiled import njit
from harness.twin.guards.limit_rules import average, clamp, mean, step
from harness.twin.guards.quantile import quantile, quantile_of_copy


@njit
def failsafe(limiter: Any, window_s: NDArray[np.float64], now: float, full: bool) -> None:
    """Down for a long queue or in an overload, up for a short one."""
    filtered_s = quantile(window_s, limiter.share)
    limiter.recent_s[limiter.recent % SMOOTHED] = filtered_s
    limiter.recent += 1
    if limiter.recent >= SMOOTHED:
        filtered_s = quantile_of_copy(limiter.recent_s, limiter.sorted_s, 0.5)
    limiter.smooth_s = average(limiter.smooth_s, limiter.averaged, filtered_s, SMOOTHED)
    limiter.baseline_s = average(limiter.baseline_s, limiter.averaged, limiter.smooth_s, limiter.baseline_age)
    limiter.averaged = min(WARM_UP, limiter.averaged + 1)
    kept = int(limiter.correlation_window)
    limiter.in_flight_of[limiter.pairs % kept] = limiter.most_in_flight
    limiter.response_of_s[limiter.pairs % kept] = limiter.smooth_s
    limiter.throughput_of[limiter.pairs % kept] = limiter.most_in_flight / limiter.smooth_s
    limiter.pairs += 1
    queue = math.ceil(limiter.limit * (1.0 - limiter.baseline_s / limiter.smooth_s))
    by, limit = step(limiter.limit), limiter.limit
    if queue > 6 * by or (full and overloaded(limiter)):
        limit = limiter.limit - by
    elif queue < 3 * by:
        limit = limiter.limit + by
    if limit > limiter.most_in_flight * limiter.most_per_in_flight:
        limit = limiter.limit - by
    shortest_s = quantile(window_s, 0.0)
    limiter.until_s = now + clamp(2.0 * shortest_s, limiter.window_s, limiter.longest_window_s)
    limiter.limit = clamp(limit, limiter.least, limiter.most)


@njit
def overloaded(limiter: Any) -> bool:
    """Whether more attempts in flight made responses slower, but not more of them."""
    n = min(limiter.pairs, int(limiter.correlation_window))
    in_flight, response_s, throughput = limiter.in_flight_of, limiter.response_of_s, limiter.throughput_of
    of_throughput, varies = correlation(in_flight[:n], throughput[:n])
    of_response, _ = correlation(in_flight[:n], response_s[:n])
    return of_throughput < 0.0 or (of_response > 0.5 and (of_throughput < 0.3 or varies < 0.2))


@njit
def correlation(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[float, float]:
    """Pearson's correlation, and the coefficient of variation of the second numbers; 0 where they are unknown."""
    if len(x) < WARM_UP:
        return 0.0, 0.0
    mean_x, mean_y = mean(x), mean(y)
    deviation_x = math.sqrt(covariance(x, mean_x, x, mean_x))
    deviation_y = math.sqrt(covariance(y, mean_y, y, mean_y))
    if deviation_x < LEAST_VARIATION * mean_x or deviation_y < LEAST_VARIATION * mean_y:
        return 0.0, 0.0
    if deviation_x == 0.0 or deviation_y == 0.0:
        return 0.0, 0.0
    return covariance(x, mean_x, y, mean_y) / (deviation_x * deviation_y), deviation_y / mean_y


@njit
def covariance(x: NDArray[np.float64], mean_x: float, y: NDArray[np.float64], mean_y: float) -> float:
    """The mean product of the deviations."""
    total = 0.0
    for place in range(len(x)):
        total += (x[place] - mean_x) * (y[place] - mean_y)
    return total / len(x)
