"""Intervals with 95% confidence for ratios, quantiles, means and rates of dependent samples.

"p99 < L" and "fewer than 1% of calls are above L" are one statement, so a quantile's interval is made of the
values L for which the test of that ratio does not reject: verdicts and intervals never disagree.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from harness.analyse.stats.effective_size import (
    Effective,
    Floats,
    Ints,
    centred,
    spread_of_batches,
    spread_of_mean,
    worth_beyond,
    worth_of_frequent,
)
from harness.analyse.stats.quantiles import quantile_of

_STEPS: Floats = np.concatenate([np.linspace(1.0, 0.8, 11), np.geomspace(0.75, 0.01, 20), [0.0]])


class Interval(NamedTuple):
    """A 95% interval; a side is None where the samples cannot bound it."""

    low: float | None
    high: float | None


UNKNOWN = Interval(None, None)


def sample_floor(quantile: float, critical_value: float) -> int:
    """Independent samples without which a quantile has no upper bound.

    With none of n samples above L, Wilson's upper bound of the ratio above L is c²/(n+c²); it falls to 1-q at
    n = c²·q/(1-q). With c = 1.96 (95%) that is 381 for a p99 and 35 for a p90; with c = 2.576 (99%) 657 and
    60. A run that estimates its own design effect needs a little more, by Student's c: 415 with 30 batches.
    """
    return int(np.ceil(critical_value**2 * quantile / (1 - quantile)))


def wilson(ratio: float, size: float, critical_value: float) -> Interval:
    """Wilson's score interval for a ratio seen in `size` independent samples (Wilson, JASA 22, 1927)."""
    if size <= 0:
        return UNKNOWN
    square = critical_value**2 / size
    centre = (ratio + square / 2) / (1 + square)
    half = critical_value * np.sqrt(ratio * (1 - ratio) / size + square / size / 4) / (1 + square)
    low = 0.0 if ratio == 0 else max(0.0, float(centre - half))
    return Interval(low, 1.0 if ratio == 1 else min(1.0, float(centre + half)))


def ratio_interval(effective: Effective, ratio: float) -> Interval:
    """The interval of a ratio of yes-or-no samples worth `effective`."""
    return wilson(ratio, effective.size, effective.critical)


def quantile_interval(values_s: Floats, phases: Ints, quantile: float, unseen: float = 1.0) -> Interval:
    """The interval of a quantile of durations in seconds, shape (n,) in time order.

    It contains the values L for which the score test does not distinguish the ratio above L from 1-q: the ratio is
    within c·√(q(1-q)/size) of it, and size is what the samples are worth for judging that very ratio. `high` is
    None where the sample is too small (`sample_floor`); nothing lies above that one, so `unseen` is the design
    effect to assume for it.
    """
    n = len(values_s)
    if n < 2:
        return UNKNOWN
    ordered, often = np.sort(values_s), worth_of_frequent(values_s, phases, quantile)
    here = worth_beyond(values_s, phases, quantile_of(ordered, quantile)).at_most(often)
    below = int(np.ceil(n * (quantile - _reach(quantile, here)))) - 1
    low = float(ordered[below]) if below >= 0 else None
    if _reach(quantile, often) >= 1 - quantile:
        return Interval(low, None)
    for above in np.unique((_STEPS * n * (1 - quantile)).astype(np.int64))[::-1]:
        high = float(ordered[n - 1 - above])
        there = (
            worth_beyond(values_s, phases, high) if high < ordered[-1] else Effective(n, n / unseen, n - 1.0)
        )
        beyond = float(np.count_nonzero(values_s > high)) / n
        if beyond < 1 - quantile - _reach(quantile, there.at_most(often)):
            return Interval(low, high)
    return Interval(low, None)


def _reach(quantile: float, worth: Effective) -> float:
    return worth.critical * float(np.sqrt(quantile * (1 - quantile) / worth.size))


def mean_interval(values: Floats, phases: Ints) -> Interval:
    """The interval of the mean of values, shape (n,) in time order, by batch means and Student's t."""
    if len(values) < 2:
        return UNKNOWN
    half, mean = spread_of_mean(values, phases).half_width, float(values.mean())
    return Interval(mean - half, mean + half)


def rate_interval(counts: Floats, phases: Ints, bin_s: float) -> Interval:
    """The interval of a rate per second from events counted in bins of `bin_s`, shape (bins,)."""
    if len(counts) < 2:
        return UNKNOWN
    half = spread_of_batches(centred(counts, phases), len(np.unique(phases))).half_width
    mean = float(counts.mean())
    return Interval(max(0.0, (mean - half) / bin_s), (mean + half) / bin_s)
