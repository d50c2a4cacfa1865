"""Vegas' thresholds on a moving baseline; correlations with the attempts in flight stop an upward drift.

Source: failsafe-go, `adaptivelimiter/adaptivelimiter.go` and `internal/util`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, sqrt

from harness.model.limiter_settings import FailsafeLimiter
from harness.session.limits.sample import EMPTY, WARM_UP, LimitState, MovingAverage, WindowSample, clamp, step

SMOOTHED = 5
LEAST_VARIATION = 0.01
Pairs = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class FailsafeState(LimitState):
    """`recent_s` are the last quantiles, `smooth` and `baseline` their moving averages, in seconds.

    `pairs` are the attempts in flight and the smoothed response time of the last windows.
    """

    recent_s: tuple[float, ...] = ()
    smooth: MovingAverage = EMPTY
    baseline: MovingAverage = EMPTY
    pairs: Pairs = ()


def begin(settings: FailsafeLimiter, now: float) -> FailsafeState:
    """The state at the beginning."""
    return FailsafeState(float(settings.initial), now, settings.samples, counts_drops=False)


def update(
    settings: FailsafeLimiter, state: FailsafeState, sample: WindowSample, now: float
) -> FailsafeState:
    """With q = ⌈L·(1 − baseline/recent)⌉ and lg = max(1, ⌊log₁₀ L⌋): down by lg for q > 6·lg, or in an overload;
    up by lg for q < 3·lg; down by lg also where it would exceed `most_per_in_flight` times the attempts in flight.

    An overload is a limit that is used up, while the throughput (in flight ÷ response time) falls with the attempts
    in flight (correlation < 0), or hardly follows them (correlation < 0.3, or a coefficient of variation < 0.2) and
    the response time does (correlation > 0.5). A window lasts twice the shortest response, at least `window_s` and at
    most `longest_window_s`.
    """
    if not sample.responses_s:
        return state
    recent_s = (*state.recent_s, sample.quantile_s(settings.share))[-SMOOTHED:]
    filtered_s = sorted(recent_s)[SMOOTHED // 2] if len(recent_s) == SMOOTHED else recent_s[-1]
    smooth = state.smooth.add(filtered_s, SMOOTHED)
    baseline = state.baseline.add(smooth.value, settings.baseline_age)
    pairs = (*state.pairs, (float(sample.in_flight), smooth.value))[-settings.correlation_window :]
    queue, by = ceil(state.limit * (1.0 - baseline.value / smooth.value)), step(state.limit)
    if queue > 6 * by or (sample.full and overloaded(pairs)):
        limit = state.limit - by
    else:
        limit = state.limit + by if queue < 3 * by else state.limit
    if limit > sample.in_flight * settings.most_per_in_flight:
        limit = state.limit - by
    window_s = clamp(2.0 * min(sample.responses_s), settings.window_s, settings.longest_window_s)
    return replace(
        state, limit=clamp(limit, settings.least, settings.most), until_s=now + window_s,
        recent_s=recent_s, smooth=smooth, baseline=baseline, pairs=pairs,
    )  # fmt: skip


def overloaded(pairs: Pairs) -> bool:
    """Whether more attempts in flight made responses slower, but not more of them."""
    of_throughput, varies = correlation(tuple((n, n / response_s) for n, response_s in pairs))
    of_response, _ = correlation(pairs)
    return of_throughput < 0.0 or (of_response > 0.5 and (of_throughput < 0.3 or varies < 0.2))


def correlation(pairs: Pairs) -> tuple[float, float]:
    """Pearson's correlation, and the coefficient of variation of the second numbers.

    Both are 0 for fewer than ten pairs, or where either number varies by less than 1%.
    """
    n = len(pairs)
    if n < WARM_UP:
        return 0.0, 0.0
    mean_x, mean_y = sum(x for x, _ in pairs) / n, sum(y for _, y in pairs) / n
    deviation_x = sqrt(sum((x - mean_x) ** 2 for x, _ in pairs) / n)
    deviation_y = sqrt(sum((y - mean_y) ** 2 for _, y in pairs) / n)
    if deviation_x < LEAST_VARIATION * mean_x or deviation_y < LEAST_VARIATION * mean_y:
        return 0.0, 0.0
    if not deviation_x or not deviation_y:
        return 0.0, 0.0
    covariance = sum((x - mean_x) * (y - mean_y) for x, y in pairs) / n
    return covariance / (deviation_x * deviation_y), deviation_y / mean_y
