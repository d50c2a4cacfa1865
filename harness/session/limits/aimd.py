"""Additive increase, multiplicative decrease.

Source: Netflix concurrency-limits, `AIMDLimit.java`; applied to windows (`WindowedLimit.java`).
"""

from __future__ import annotations

from harness.model.limiter_settings import AimdLimiter
from harness.session.limits.sample import LimitState, WindowSample, clamp


def begin(settings: AimdLimiter, now: float) -> LimitState:
    """The state at the beginning."""
    return LimitState(float(settings.initial), now + settings.window_s)


def update(settings: AimdLimiter, state: LimitState, sample: WindowSample, now: float) -> LimitState:
    """× `backoff_ratio` after a drop or a mean above `timeout_s`; + 1 if at least half of the limit was in use."""
    limit, mean_s = state.limit, sample.mean_s
    if sample.dropped or (mean_s is not None and mean_s > settings.timeout_s):
        limit = min(limit - 1.0, float(int(limit * settings.backoff_ratio)))
    elif 2 * sample.in_flight >= limit:
        limit += 1.0
    return LimitState(clamp(limit, settings.least, settings.most), now + settings.window_s)
