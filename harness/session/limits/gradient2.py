"""Compares the window's response time with a long moving average.

Source: Netflix concurrency-limits, `Gradient2Limit.java`; applied to windows (`WindowedLimit.java`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from harness.model.limiter_settings import Gradient2Limiter
from harness.session.limits.sample import EMPTY, LimitState, MovingAverage, WindowSample, clamp


@dataclass(frozen=True, slots=True)
class Gradient2State(LimitState):
    """`long` is the moving average of the windows' mean response times, in seconds."""

    long: MovingAverage = EMPTY


def begin(settings: Gradient2Limiter, now: float) -> Gradient2State:
    """The state at the beginning."""
    return Gradient2State(float(settings.initial), now + settings.window_s)


def update(
    settings: Gradient2Limiter, state: Gradient2State, sample: WindowSample, now: float
) -> Gradient2State:
    """With g = clamp(tolerance · long/short, 0.5, 1): L ← (1 − s)·L + s·(g·L + queue), s being `smoothing`.

    The long average is cut by 5% while it is more than twice the short one, so that it recovers after an overload. The
    limit is unchanged while less than half of it is in use. Drops are no part of this rule.
    """
    state, short_s = replace(state, until_s=now + settings.window_s), sample.mean_s
    if short_s is None:
        return state
    long = state.long.add(short_s, settings.long_window)
    gradient = clamp(settings.tolerance * long.value / short_s, 0.5, 1.0)
    if long.value > 2.0 * short_s:
        long = MovingAverage(long.value * 0.95, long.count)
    limit = state.limit
    if 2 * sample.in_flight >= limit:
        wanted = gradient * limit + settings.queue
        limit = limit * (1.0 - settings.smoothing) + wanted * settings.smoothing
    return replace(state, long=long, limit=clamp(limit, settings.least, settings.most))
