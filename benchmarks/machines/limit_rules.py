"""The five rules of a concurrency limit as their documentation has them, each as a model of response times."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, inf, log10, sqrt
from statistics import fmean, median
from typing import Protocol

import numpy as np

from harness.model.limiter_settings import (
    AimdLimiter,
    EnvoyLimiter,
    FailsafeLimiter,
    Gradient2Limiter,
    LimiterSettings,
    VegasLimiter,
)


@dataclass(slots=True)
class Seen:
    """What one window has seen."""

    times_s: list[float]
    drops: int
    most: int
    used_up: bool
    draw: float


class RuleModel(Protocol):
    """`limit`; the window is over at `until_s` with `needs` attempts, of which drops are some where `drops_count`."""

    limit: float
    until_s: float
    needs: int
    drops_count: bool
    since_s: float

    def decide(self, seen: Seen, now: float) -> None:
        """The end of a window."""


class _Model:
    def __init__(self, first: float, until_s: float, needs: int = 10, *, drops_count: bool = True) -> None:
        self.limit, self.until_s, self.needs, self.drops_count = first, until_s, needs, drops_count
        self.since_s = -inf

    def bound(self, limit: float, settings: LimiterSettings) -> None:
        """Within its bounds."""
        self.limit = float(min(settings.most, max(settings.least, limit)))


class AimdModel(_Model):
    """Down by a share, at least by one, after a drop or a mean above the timeout; else up by one where it is used."""

    def __init__(self, settings: AimdLimiter, now: float) -> None:
        super().__init__(float(settings.initial), now + settings.window_s)
        self.settings = settings

    def decide(self, seen: Seen, now: float) -> None:
        """One window."""
        self.until_s = now + self.settings.window_s
        if seen.drops or (seen.times_s and fmean(seen.times_s) > self.settings.timeout_s):
            self.bound(min(self.limit - 1, int(self.limit * self.settings.backoff_ratio)), self.settings)
        elif seen.most >= self.limit / 2:
            self.bound(self.limit + 1, self.settings)


class VegasModel(_Model):
    """The queue is L·(1 − unloaded/mean); the unloaded time is the least mean since the last probe."""

    def __init__(self, settings: VegasLimiter, now: float) -> None:
        super().__init__(float(settings.initial), now + settings.window_s)
        self.settings, self.unloaded_s, self.windows, self.jitter = settings, inf, 0, 0.75

    def decide(self, seen: Seen, now: float) -> None:
        """One window."""
        self.until_s, self.windows = now + self.settings.window_s, self.windows + 1
        mean_s = fmean(seen.times_s) if seen.times_s else None
        if mean_s is not None:
            if self.windows >= self.jitter * self.settings.probe_multiplier * self.limit:
                self.unloaded_s, self.windows, self.jitter = mean_s, 0, (1 + seen.draw) / 2
                return
            if mean_s < self.unloaded_s:
                self.unloaded_s = mean_s
                return
        step = max(1, int(log10(self.limit)))
        if seen.drops:
            self.bound(self.limit - step, self.settings)
        elif mean_s is not None and seen.most >= self.limit / 2:
            queue = ceil(self.limit * (1 - self.unloaded_s / mean_s))
            steps = 6 if queue <= step else 1 if queue < 3 * step else -1 if queue > 6 * step else 0
            self.bound(self.limit + steps * step, self.settings)


class _Average:
    """The mean of the first ten, then exponential."""

    def __init__(self, age: int) -> None:
        self.age, self.first, self.value = age, list[float](), 0.0

    def add(self, value: float) -> float:
        """With one more."""
        if len(self.first) < 10:
            self.first.append(value)
            self.value = (self.value * (len(self.first) - 1) + value) / len(self.first)
        else:
            self.value += (value - self.value) * 2 / (self.age + 1)
        return self.value


class Gradient2Model(_Model):
    """L becomes the smoothed g·L + queue, with g = tolerance·long/short from 0.5 to 1."""

    def __init__(self, settings: Gradient2Limiter, now: float) -> None:
        super().__init__(float(settings.initial), now + settings.window_s)
        self.settings, self.long = settings, _Average(settings.long_window)

    def decide(self, seen: Seen, now: float) -> None:
        """One window."""
        self.until_s = now + self.settings.window_s
        if not seen.times_s:
            return
        short_s = fmean(seen.times_s)
        long_s = self.long.add(short_s)
        gradient = min(1.0, max(0.5, self.settings.tolerance * long_s / short_s))
        if long_s > 2 * short_s:
            self.long.value *= 0.95
        if seen.most >= self.limit / 2:
            change = gradient * self.limit + self.settings.queue - self.limit
            self.bound(self.limit + self.settings.smoothing * change, self.settings)


class EnvoyModel(_Model):
    """L becomes g·L + √(g·L), with g = (1 + buffer)·minimum/median from 0.5 to 2; the minimum is measured at times."""

    def __init__(self, settings: EnvoyLimiter, now: float) -> None:
        super().__init__(float(settings.min_rtt_concurrency), now)
        self.settings, self.minimum_s, self.in_a_row = settings, 0.0, 0
        self._measure(now)

    def _measure(self, now: float) -> None:
        self.kept: float | None = self.limit
        self.limit = min(self.limit, float(self.settings.min_rtt_concurrency))
        self.until_s = self.since_s = now
        self.needs, self.drops_count, self.in_a_row = self.settings.min_rtt_requests, False, 0

    def decide(self, seen: Seen, now: float) -> None:
        """One window, or the end of a measurement."""
        middle_s = sorted(seen.times_s)[(len(seen.times_s) - 1) // 2]
        self.until_s = now + self.settings.window_s
        if self.kept is not None:
            self.minimum_s, self.limit, self.kept, self.needs = middle_s, self.kept, None, 1
            self.again_s = now + self.settings.min_rtt_interval_s * (1 + self.settings.jitter * seen.draw)
            return
        before, gradient = self.limit, (1 + self.settings.buffer) * self.minimum_s / middle_s
        wanted = min(2.0, max(0.5, gradient)) * self.limit
        self.bound(wanted + sqrt(wanted), self.settings)
        least = self.settings.least
        self.in_a_row = self.in_a_row + 1 if before == self.limit == least else 0
        if now >= self.again_s or self.in_a_row >= 5:
            self._measure(now)


class FailsafeModel(_Model):
    """Vegas' thresholds on a moving baseline; down also in an overload, and where the limit is far from its use."""

    def __init__(self, settings: FailsafeLimiter, now: float) -> None:
        super().__init__(float(settings.initial), now, settings.samples, drops_count=False)
        self.settings, self.recent_s = settings, list[float]()
        self.smooth, self.baseline = _Average(5), _Average(settings.baseline_age)
        self.pairs: list[tuple[float, float]] = []

    def decide(self, seen: Seen, now: float) -> None:
        """One window."""
        ordered = sorted(seen.times_s)
        quantile_s = ordered[max(0, ceil(len(ordered) * self.settings.share - 1e-9) - 1)]
        self.recent_s = [*self.recent_s[-4:], quantile_s]
        smooth_s = self.smooth.add(median(self.recent_s) if len(self.recent_s) == 5 else quantile_s)
        baseline_s = self.baseline.add(smooth_s)
        self.pairs = [*self.pairs, (float(seen.most), smooth_s)][-self.settings.correlation_window :]
        step = max(1, int(log10(self.limit)))
        queue = ceil(self.limit * (1 - baseline_s / smooth_s))
        limit = self.limit
        if queue > 6 * step or (seen.used_up and overload(self.pairs)):
            limit -= step
        elif queue < 3 * step:
            limit += step
        if limit > seen.most * self.settings.most_per_in_flight:
            limit = self.limit - step
        self.bound(limit, self.settings)
        shortest_s = 2 * min(ordered)
        self.until_s = now + min(self.settings.longest_window_s, max(self.settings.window_s, shortest_s))


def overload(pairs: list[tuple[float, float]]) -> bool:
    """Throughput that falls with the attempts in flight; or hardly follows them, while response times do."""
    in_flight, times_s = (np.array(column) for column in zip(*pairs, strict=True))
    of_throughput, varies = _correlated(in_flight, in_flight / times_s)
    of_time, _ = _correlated(in_flight, times_s)
    return of_throughput < 0 or (of_time > 0.5 and (of_throughput < 0.3 or varies < 0.2))


def _correlated(xs: np.ndarray, ys: np.ndarray) -> tuple[float, float]:
    if len(xs) < 10 or xs.std() < 0.01 * xs.mean() or ys.std() < 0.01 * ys.mean():
        return 0.0, 0.0
    return float(np.corrcoef(xs, ys)[0, 1]), float(ys.std() / ys.mean())


def model(settings: LimiterSettings, now: float) -> RuleModel:
    """The model of a kind."""
    match settings:
        case AimdLimiter():
            return AimdModel(settings, now)
        case VegasLimiter():
            return VegasModel(settings, now)
        case Gradient2Limiter():
            return Gradient2Model(settings, now)
        case EnvoyLimiter():
            return EnvoyModel(settings, now)
    return FailsafeModel(settings, now)
