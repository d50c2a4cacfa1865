"""Compares response times with a minimum that is measured at a low concurrency, from time to time.

Source: Envoy, adaptive concurrency filter, `gradient_controller.cc`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import sqrt

from harness.model.limiter_settings import EnvoyLimiter
from harness.session.limits.sample import LimitState, WindowSample, clamp

MEDIAN = 0.5
AT_LEAST_IN_A_ROW = 5
"""So many windows in a row at the least limit, and the minimum is measured anew: it may be wrong."""


@dataclass(frozen=True, slots=True)
class EnvoyState(LimitState):
    """`minimum_s` is the median response time of the last measurement, 0 before the first.

    During a measurement `kept` is the limit that it interrupted; otherwise it is None, and the next is due at
    `measure_s`. `at_least` counts windows in a row at the least limit.
    """

    minimum_s: float = 0.0
    kept: float | None = None
    measure_s: float = 0.0
    at_least: int = 0


def begin(settings: EnvoyLimiter, now: float) -> EnvoyState:
    """The state at the beginning: a measurement."""
    limit = float(settings.min_rtt_concurrency)
    return _measuring(settings, EnvoyState(limit, now), now)


def update(settings: EnvoyLimiter, state: EnvoyState, sample: WindowSample, now: float) -> EnvoyState:
    """With g = clamp((1 + buffer) · minimum/median, 0.5, 2): L ← g·L + √(g·L).

    A measurement takes the median of `min_rtt_requests` responses at `min_rtt_concurrency`, once in
    `min_rtt_interval_s` and up to `jitter` of it later. Drops are no part of this rule.
    """
    if not sample.responses_s:
        return state
    median_s = sample.quantile_s(MEDIAN)
    if state.kept is not None:
        wait_s = settings.min_rtt_interval_s * (1.0 + settings.jitter * sample.draw)
        return EnvoyState(
            state.kept, now + settings.window_s, 1, counts_drops=False, since_s=state.since_s,
            minimum_s=median_s, measure_s=now + wait_s,
        )  # fmt: skip
    gradient = clamp((1.0 + settings.buffer) * state.minimum_s / median_s, 0.5, 2.0)
    wanted = gradient * state.limit
    limit = clamp(wanted + sqrt(wanted), settings.least, settings.most)
    at_least = state.at_least + 1 if limit == state.limit == settings.least else 0
    state = replace(state, limit=limit, until_s=now + settings.window_s, at_least=at_least)
    due = now >= state.measure_s or at_least >= AT_LEAST_IN_A_ROW
    return _measuring(settings, state, now) if due else state


def _measuring(settings: EnvoyLimiter, state: EnvoyState, now: float) -> EnvoyState:
    return replace(
        state,
        limit=min(state.limit, float(settings.min_rtt_concurrency)),
        until_s=now,
        samples=settings.min_rtt_requests,
        counts_drops=False,
        since_s=now,
        kept=state.limit,
        at_least=0,
    )
