"""Keeps the queue that the limit causes between a lower and an upper bound, after TCP Vegas.

Source: Netflix concurrency-limits, `VegasLimit.java`; applied to windows (`WindowedLimit.java`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil

from harness.model.limiter_settings import VegasLimiter
from harness.session.limits.sample import LimitState, WindowSample, clamp, step


@dataclass(frozen=True, slots=True)
class VegasState(LimitState):
    """`unloaded_s` is the response time without a queue, 0 when unknown.

    It is measured anew after `jitter` × `probe_multiplier` × limit windows, of which `windows` have passed.
    """

    unloaded_s: float = 0.0
    windows: int = 0
    jitter: float = 0.75


def begin(settings: VegasLimiter, now: float) -> VegasState:
    """The state at the beginning."""
    return VegasState(float(settings.initial), now + settings.window_s)


def update(settings: VegasLimiter, state: VegasState, sample: WindowSample, now: float) -> VegasState:
    """With the queue q = ⌈L·(1 − rtt₀/rtt)⌉ and lg = max(1, ⌊log₁₀ L⌋): down by lg after a drop or for q > 6·lg;
    up by 6·lg for q ≤ lg and by lg for q < 3·lg; unchanged while less than half of the limit is in use.
    """
    state = replace(state, until_s=now + settings.window_s, windows=state.windows + 1)
    mean_s = sample.mean_s
    if mean_s is not None:
        if state.windows >= state.jitter * settings.probe_multiplier * state.limit:
            return replace(state, unloaded_s=mean_s, windows=0, jitter=0.5 + 0.5 * sample.draw)
        if not state.unloaded_s or mean_s < state.unloaded_s:
            return replace(state, unloaded_s=mean_s)
    limit = state.limit + _change(state, sample, mean_s)
    return replace(state, limit=clamp(limit, settings.least, settings.most))


def _change(state: VegasState, sample: WindowSample, mean_s: float | None) -> int:
    by = step(state.limit)
    if sample.dropped:
        return -by
    if mean_s is None or 2 * sample.in_flight < state.limit:
        return 0
    queue = ceil(state.limit * (1.0 - state.unloaded_s / mean_s))
    if queue <= by:
        return 6 * by
    if queue < 3 * by:
        return by
    return -by if queue > 6 * by else 0
