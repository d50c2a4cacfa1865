"""Intervals with 95% confidence for ratios, quantiles, means and rates of dependent samples.

"p99 < L" and "fewer than 1% of calls are above L" are one statement, so a quantile's interval is made of the
values L for which the test of that ratio does not reject: verdicts and intervals never disagree.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import ndtr, ndtri

from harness.analyse.stats.effective_size import (
    Effective,
    Floats,
    Ints,
    Series,
    Spread,
    batch_means,
    centred,
    effective_of_events,
    spread_of_batches,
)
from harness.analyse.stats.quantiles import quantile_of
from harness.analyse.stats.tail_bound import CONFIDENCE as TAIL_CONFIDENCE
from harness.analyse.stats.tail_bound import tail_bound

_STEPS: Floats = np.concatenate([np.linspace(1.0, 0.8, 11), np.geomspace(0.75, 0.01, 20), [0.0]])
_FEWEST_OF_MEAN, _FEWEST_FREE = 80.0, 4.0
_SCARCE, _SCARCE_OF_MEAN = 120.0, 400.0
_FREQUENT, _ALL_LEVELS = 0.75, 0.95


class Interval(NamedTuple):
    """A 95% interval; a side is None where the samples cannot bound it."""

    low: float | None
    high: float | None


class Sides(NamedTuple):
    """The confidence of each bound alone; both of a two-sided 95% interval have 97.5%."""

    low: float = 0.975
    high: float = 0.975


UNKNOWN = Interval(None, None)
TWO_SIDED = Sides()


def sample_floor(quantile: float, critical_value: float) -> int:
    """Independent samples without which a quantile has no upper bound.

    With none of n samples above L, Wilson's upper bound of the ratio above L is c²/(n+c²); it falls to 1-q at
    n = c²·q/(1-q). With c = 1.96 (95%) that is 381 for a p99 and 35 for a p90; with c = 2.576 (99%) 657 and
    60. A run that estimates its own design effect needs a little more, by Student's c: 415 with 30 batches.
    """
    return int(np.ceil(critical_value**2 * quantile / (1 - quantile)))


def wilson(ratio: float, size: float, critical_value: float) -> Interval:
    """Wilson's score bounds for a ratio seen in `size` independent samples (Wilson, JASA 22, 1927)."""
    if size <= 0:
        return UNKNOWN
    square = critical_value**2 / size
    centre = (ratio + square / 2) / (1 + square)
    half = critical_value * np.sqrt(ratio * (1 - ratio) / size + square / size / 4) / (1 + square)
    low = 0.0 if ratio == 0 else max(0.0, float(centre - half))
    return Interval(low, 1.0 if ratio == 1 else min(1.0, float(centre + half)))


def ratio_interval(effective: Effective, ratio: float, sides: Sides = TWO_SIDED) -> Interval:
    """The interval of a ratio of yes-or-no samples worth `effective`."""
    low = wilson(ratio, effective.size, effective.critical_at(sides.low)).low
    high = wilson(ratio, effective.size, effective.critical_at(sides.high)).high
    return Interval(low, high)


class PercentileBounds(NamedTuple):
    """A 95% interval of a percentile; `by_tail` says that the shape of the tail gave its upper bound."""

    low: float | None
    high: float | None
    by_tail: bool = False


def percentile_bounds(
    values_s: Floats, phases: Ints, quantile: float, unseen: float = 1.0, sides: Sides = TWO_SIDED
) -> PercentileBounds:
    """The interval of a quantile of durations in seconds, shape (n,) in time order; infinite ones are allowed.

    Counting bounds it (`quantile_interval`). Where the shape of the tail gives a lower upper bound, that one is taken.
    """
    return bounds_of_percentile(Series(values_s, phases), quantile, unseen, sides)


def bounds_of_percentile(
    series: Series, quantile: float, unseen: float = 1.0, sides: Sides = TWO_SIDED
) -> PercentileBounds:
    """`percentile_bounds` of a series, of which several percentiles are bounded."""
    if len(series.values) < 2:
        return PercentileBounds(None, None)
    often = series.worth_of_frequent(quantile)
    low, high = _by_counting(series, quantile, often, unseen, sides)
    tail = _by_tail(series, quantile, often, sides, high is not None)
    if tail is None or (high is not None and high <= tail):
        return PercentileBounds(low, high)
    return PercentileBounds(low, tail, by_tail=True)


def quantile_interval(values_s: Floats, phases: Ints, quantile: float, unseen: float = 1.0) -> Interval:
    """The interval of a quantile of durations in seconds, shape (n,) in time order, by counting alone.

    It contains the values L for which the score test does not distinguish the ratio above L from 1-q: the ratio is
    within c·√(q(1-q)/size) of it, and size is what the samples are worth for judging that very ratio. `high` is
    None where the sample is too small (`sample_floor`); nothing lies above that one, so `unseen` is the design
    effect to assume for it.

    A short run without a busy stretch looks more independent than the system is. So the upper bound reaches
    √(1 + 120·(1/size - 2/n)) times as far, to the largest value at most, and that of a quantile up to p75 counts the
    bursts at p75 and p90, too.
    """
    if len(values_s) < 2:
        return UNKNOWN
    series = Series(values_s, phases)
    return _by_counting(series, quantile, series.worth_of_frequent(quantile), unseen, TWO_SIDED)


def _by_counting(series: Series, quantile: float, often: Effective, unseen: float, sides: Sides) -> Interval:
    n, ordered, bursts = len(series.values), series.ordered, often
    if quantile <= _FREQUENT:
        bursts = often.at_most(series.worth_of_frequent(_ALL_LEVELS))
    here = series.worth_beyond(quantile_of(ordered, quantile)).at_most(often)
    below = int(np.ceil(n * (quantile - _reach(quantile, here, sides.low)))) - 1
    low = float(ordered[below]) if below >= 0 else None
    if _reach(quantile, often, sides.high) >= 1 - quantile:
        return Interval(low, None)
    for above in np.unique((_STEPS * n * (1 - quantile)).astype(np.int64))[::-1]:
        high = float(ordered[n - 1 - above])
        if high < ordered[-1]:
            there = series.worth_beyond(high).at_most(bursts)
            reach = _reach(quantile, there, sides.high) * there.widening(_SCARCE)
        else:
            there = Effective(n, n / unseen, n - 1.0).at_most(often)
            reach = _reach(quantile, there, sides.high)
        if series.count_above(high) / n < 1 - quantile - reach:
            return Interval(low, high if np.isfinite(high) else None)
    return Interval(low, None)


def _by_tail(series: Series, quantile: float, often: Effective, sides: Sides, counted: bool) -> float | None:
    """The bound by the tail's shape, where the share of infinite values, at its upper bound, lies above it too."""
    finite, share = series.finite, 0.0
    if finite is not series:
        lost = ~np.isfinite(series.values)
        worth = effective_of_events(lost, series.phases)
        seen = ratio_interval(worth, float(lost.mean()), sides).high
        share = 1.0 if seen is None else seen
    if share >= (1 - quantile) / 2:
        return None
    bound = tail_bound(finite, quantile + share, often, _tail_confidence(sides.high), counted)
    return None if bound is None else max(bound, quantile_of(finite.ordered, quantile))


def _tail_confidence(confidence: float) -> float:
    """That of the tail's parameters, in proportion to the standard deviations that a bound by counting keeps."""
    return float(ndtr(ndtri(TAIL_CONFIDENCE) * ndtri(confidence) / ndtri(TWO_SIDED.high)))


def _reach(quantile: float, worth: Effective, confidence: float) -> float:
    return worth.critical_at(confidence) * float(np.sqrt(quantile * (1 - quantile) / worth.size))


def mean_interval(values: Floats, phases: Ints, sides: Sides = TWO_SIDED) -> Interval:
    """The interval of the mean of values ≥ 0, shape (n,) in time order, by batch means and Student's t.

    It is taken on a logarithmic scale, since sums of few large values are skewed. The error is at least what the
    design effect at the median, p75 and p90 says; the degrees of freedom are at most those of the batches that carry
    the scatter (W. E. Satterthwaite, Biometrics 2, 1946). The upper bound is widened by √(1 + 400/size), and `high` is
    None below 80 independent samples or 4 degrees of freedom: short runs of busy queues show too little of their
    own scatter.
    """
    if len(values) < 2:
        return UNKNOWN
    mean, size = float(values.mean()), Series(values, phases).worth_of_frequent(0.99).size
    if mean <= 0:
        return Interval(mean, mean)
    batches = batch_means(centred(values, phases))
    spread = spread_of_batches(batches, int(np.count_nonzero(np.bincount(phases))))
    carried = 3 * float((batches**2).sum()) ** 2 / max(float((batches**4).sum()), 1e-300) - 1
    spread = Spread(max(spread.variance, float(values.var()) / size), max(1.0, min(spread.freedom, carried)))
    error = float(np.sqrt(spread.variance)) / mean
    low = mean * float(np.exp(-spread.critical_at(sides.low) * error))
    if size < _FEWEST_OF_MEAN or spread.freedom < _FEWEST_FREE:
        return Interval(low, None)
    widened = error * float(np.sqrt(1 + _SCARCE_OF_MEAN / size))
    return Interval(low, mean * float(np.exp(spread.critical_at(sides.high) * widened)))


def rate_interval(counts: Floats, phases: Ints, bin_s: float, sides: Sides = TWO_SIDED) -> Interval:
    """The interval of a rate per second from events counted in bins of `bin_s`, shape (bins,)."""
    if len(counts) < 2:
        return UNKNOWN
    spread = spread_of_batches(centred(counts, phases), len(np.unique(phases)))
    error, mean = float(np.sqrt(spread.variance)), float(counts.mean())
    low, high = mean - spread.critical_at(sides.low) * error, mean + spread.critical_at(sides.high) * error
    return Interval(max(0.0, low / bin_s), high / bin_s)
