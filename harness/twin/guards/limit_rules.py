"""How four kinds of limiters decide their limit: the rules of harness/session/limits/, with the state in a record."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.session.limits.envoy import AT_LEAST_IN_A_ROW, MEDIAN
from harness.session.limits.sample import WARM_UP
from harness.twin.compiled import njit
from harness.twin.guards.limiter_record import NOT_MEASURING
from harness.twin.guards.quantile import quantile

Window = NDArray[np.float64]
"""The response times of a window, in seconds."""
UNKNOWN = -1.0


@njit
def mean(values: NDArray[np.float64]) -> float:
    """The mean of positive numbers; UNKNOWN without any. They are summed up in their order."""
    total = 0.0
    for value in values:
        total += value
    return total / len(values) if len(values) > 0 else UNKNOWN


@njit
def step(limit: float) -> int:
    """How far Vegas' rules move a limit at once."""
    return max(1, int(math.log10(max(1.0, limit))))


@njit
def clamp(value: float, least: float, most: float) -> float:
    """The value, within its bounds."""
    return max(least, min(most, value))


@njit
def average(value: float, count: int, added: float, age: float) -> float:
    """A moving average of `count` values with one more."""
    if count < WARM_UP:
        return (value * count + added) / (count + 1)
    weight = 2.0 / (age + 1)
    return value * (1.0 - weight) + added * weight


@njit
def aimd(limiter: Any, window_s: Window, now: float) -> None:
    """Additive increase, multiplicative decrease."""
    limit = limiter.limit
    if limiter.dropped > 0 or mean(window_s) > limiter.timeout_s:
        limit = min(limit - 1.0, float(int(limit * limiter.backoff_ratio)))
    elif 2 * limiter.most_in_flight >= limit:
        limit += 1.0
    limiter.limit, limiter.until_s = clamp(limit, limiter.least, limiter.most), now + limiter.window_s


@njit
def vegas(limiter: Any, window_s: Window, now: float, draw: float) -> None:
    """Keeps the queue that the limit causes between two bounds."""
    limiter.until_s = now + limiter.window_s
    limiter.windows += 1
    took_s = mean(window_s)
    if took_s >= 0.0:
        if limiter.windows >= limiter.probe_jitter * limiter.probe_multiplier * limiter.limit:
            limiter.unloaded_s, limiter.windows, limiter.probe_jitter = took_s, 0, 0.5 + 0.5 * draw
            return
        if limiter.unloaded_s == 0.0 or took_s < limiter.unloaded_s:
            limiter.unloaded_s = took_s
            return
    limiter.limit = clamp(limiter.limit + _of_queue(limiter, took_s), limiter.least, limiter.most)


@njit
def _of_queue(limiter: Any, took_s: float) -> int:
    by = step(limiter.limit)
    if limiter.dropped > 0:
        return -by
    if took_s < 0.0 or 2 * limiter.most_in_flight < limiter.limit:
        return 0
    queue = math.ceil(limiter.limit * (1.0 - limiter.unloaded_s / took_s))
    if queue <= by:
        return 6 * by
    if queue < 3 * by:
        return by
    return -by if queue > 6 * by else 0


@njit
def gradient2(limiter: Any, window_s: Window, now: float) -> None:
    """Compares the window's response time with a long moving average."""
    limiter.until_s = now + limiter.window_s
    short_s = mean(window_s)
    if short_s < 0.0:
        return
    long_s = average(limiter.long_s, limiter.averaged, short_s, limiter.long_window)
    limiter.averaged = min(WARM_UP, limiter.averaged + 1)
    gradient = clamp(limiter.tolerance * long_s / short_s, 0.5, 1.0)
    limiter.long_s = long_s * 0.95 if long_s > 2.0 * short_s else long_s
    limit = limiter.limit
    if 2 * limiter.most_in_flight >= limit:
        wanted = gradient * limit + limiter.queue
        limit = limit * (1.0 - limiter.smoothing) + wanted * limiter.smoothing
    limiter.limit = clamp(limit, limiter.least, limiter.most)


@njit
def envoy(limiter: Any, window_s: Window, now: float, draw: float) -> None:
    """Compares response times with a minimum that is measured at a low concurrency."""
    median_s = quantile(window_s, MEDIAN)
    if limiter.kept != NOT_MEASURING:
        wait_s = limiter.min_rtt_interval_s * (1.0 + limiter.jitter * draw)
        limiter.limit, limiter.until_s, limiter.samples = limiter.kept, now + limiter.window_s, 1
        limiter.minimum_s, limiter.measure_s, limiter.kept = median_s, now + wait_s, NOT_MEASURING
        limiter.at_least = 0
        return
    gradient = clamp((1.0 + limiter.buffer) * limiter.minimum_s / median_s, 0.5, 2.0)
    wanted = gradient * limiter.limit
    limit = clamp(wanted + math.sqrt(wanted), limiter.least, limiter.most)
    limiter.at_least = limiter.at_least + 1 if limit == limiter.limit == limiter.least else 0
    limiter.limit, limiter.until_s = limit, now + limiter.window_s
    if now >= limiter.measure_s or limiter.at_least >= AT_LEAST_IN_A_ROW:
        limiter.kept, limiter.samples = limit, int(limiter.min_rtt_requests)
        limiter.limit = min(limit, limiter.min_rtt_concurrency)
        limiter.until_s = limiter.since_s = now
        limiter.at_least = 0
