"""An upper bound of a percentile by the shape of the tail, where a run is too short to bound it by counting.

Over a high level, the excesses of many distributions are close to a generalised Pareto distribution (J. Pickands,
Annals of Statistics 3, 1975); in queues they are exponential, which is its shape 0. A level that half, a quarter or a
tenth of the calls exceed is known well even from a short run, and the bound of the percentile follows from four
numbers, each of them at its own bound:

- the share of calls above the level, z·exp(t/√m) with Student's t;
- the mean excess, times 2m/χ², as the mean of m exponential excesses;
- the shape: the moment estimate ½(1 - mean²/variance) plus 0.25/√m, and never below 0 (J. R. M. Hosking, J. R. Wallis,
  Technometrics 29, 1987);
- m, how many independent excesses there are: the fewest by the extremal index (C. A. T. Ferro, J. Segers, J. R. Stat.
  Soc. B 65, 2003), by batch means at the level, and by batch means at the more frequent levels.

The distance from the level to the percentile is taken √(1 + 40,000/n·(1/size - 2/n)) times as large, because a short
run without a busy stretch looks more independent than the system is.

A fit counts only when it lies above the run's own distribution up to the percentile: a second mode or a timeout's wall
is no such tail. Where counting bounds the percentile as well, it has to lie above by a quarter of its shape. The
constants are from simulations of queues, mixtures and bursts (`benchmarks.verdict_power`, `benchmarks.coverage`).
The assumption is that the conditions stay as they were in the run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import chdtri, stdtrit

from harness.analyse.stats.effective_size import (
    Effective,
    Floats,
    Ints,
    Series,
    batch_means,
    spread_of_batches,
)
from harness.analyse.stats.quantiles import quantile_of

LEVELS = ((0.5, 0.25), (0.75, 1.0), (0.9, 1.0))
"""The share of calls below a level, and how far the mean excess counts as known no better than the share above it."""
CONFIDENCE = 0.99
FARTHEST = 60.0
"""The largest ratio of the share above the level to the share above the percentile."""
_FEWEST_EXCESSES, FEWEST_INDEPENDENT, FEWEST_OFTEN = 10, 10.0, 30.0
_SHAPE_MARGIN, SHRINK = 0.25, 60.0
_WITHIN_CHANCE, _HEAVY = 2.0, 0.25
_SHORT = 40_000.0
_POINTS = 80


def tail_bound(
    series: Series, quantile: float, often: Effective, confidence: float = CONFIDENCE, counted: bool = False
) -> float | None:
    """The upper bound of a quantile of finite durations in seconds; None without a fit.

    `often` is what the durations are worth at the levels that are passed more often than the quantile, and `counted`
    says that counting bounds it as well. Of several levels whose fit counts, the lowest bound is taken.
    """
    if often.size < FEWEST_OFTEN:
        return None
    ordered, share = series.ordered, 1 - quantile
    levels = {quantile_of(ordered, below): towards for below, towards in LEVELS if below < quantile}
    fits = (_fit(series, level, towards, often, confidence) for level, towards in levels.items())
    farther = often.widening(_SHORT / len(ordered))
    bounds = [
        fit.level + farther * (fit.value_at(share) - fit.level)
        for fit in fits
        if fit is not None and fit.covers(ordered, share, _HEAVY if counted else 0.0)
    ]
    return min(bounds, default=None)


@dataclass(frozen=True, slots=True)
class TailFit:
    """A generalised Pareto tail above `level`, with every parameter at its bound; `observed` of the calls exceed it."""

    level: float
    observed: float
    share: float
    scale: float
    shape: float
    independent: float

    def value_at(self, share: float) -> float:
        """The value that this share of the calls exceeds."""
        ratio = self.share / share
        if ratio <= 1:
            return self.level
        return float(self.level + self.scale / self.shape * (ratio**self.shape - 1))

    def beyond(self, values: Floats) -> Floats:
        """The share of the calls that exceeds each of these values, which are not below the level."""
        shares: Floats = self.share * (1 + self.shape * (values - self.level) / self.scale) ** (
            -1 / self.shape
        )
        return shares

    def covers(self, ordered: Floats, share: float, heavy: float) -> bool:
        """Whether the fit is near enough to the percentile, and above the run's own distribution up to it.

        It lies above by the share `heavy` of its shape.
        The percentile itself may by chance be seen at a smaller share, by two standard deviations.
        """
        if self.observed > FARTHEST * share:
            return False
        clusters = self.independent * share / self.observed
        least = share * (1 - _WITHIN_CHANCE / np.sqrt(max(clusters, _WITHIN_CHANCE**2)))
        n = len(ordered)
        least = max(least, _FEWEST_EXCESSES / 2 / n)
        if least >= self.observed:
            return True
        beyond = np.unique(np.geomspace(least * n, self.observed * n, _POINTS).astype(np.int64))
        values = np.maximum(ordered[np.maximum(n - 1 - beyond, 0)], self.level)
        return bool(np.all(self.beyond(values) >= (0.999 + heavy * self.shape) * beyond / n))


def _fit(series: Series, level: float, towards: float, often: Effective, confidence: float) -> TailFit | None:
    found = series.kept(Excesses.of, level)
    if found is None:
        return None
    observed, clusters = found.observed, found.clusters
    shrink = often.size / (often.size + SHRINK)
    by_share = shrink * min(clusters, found.here.size * observed / (1 - observed), often.size * observed)
    by_mean = shrink * min(clusters, found.worth)
    if by_mean > by_share:
        by_mean = by_share**towards * by_mean ** (1 - towards)
    if min(by_share, by_mean) < FEWEST_INDEPENDENT:
        return None
    t = float(stdtrit(max(1.0, min(found.here.freedom, often.freedom)), confidence))
    shape = 0.5 * (1 - found.mean**2 / found.variance) if found.variance else 0.0
    return tail_at_bounds(level, Estimates(observed, found.mean, shape), by_share, by_mean, t, confidence)


class Estimates(NamedTuple):
    """What lies above a level: the share of the calls, the mean excess and the shape of the tail."""

    observed: float
    mean: float
    shape: float


def tail_at_bounds(
    level: float, seen: Estimates, by_share: float, by_mean: float, t: float, confidence: float = CONFIDENCE
) -> TailFit:
    """The tail with every parameter at its bound, for so many independent excesses of the share and of the mean."""
    return TailFit(
        level=level,
        observed=seen.observed,
        share=min(1.0, seen.observed * float(np.exp(t / np.sqrt(by_share)))),
        scale=seen.mean * 2 * by_mean / float(chdtri(2 * by_mean, confidence)),
        shape=max(1e-6, seen.shape + _SHAPE_MARGIN / float(np.sqrt(by_mean))),
        independent=by_share,
    )


@dataclass(frozen=True, slots=True)
class Excesses:
    """What lies above a level: `observed` of the values, with the mean and the variance of their excesses.

    They occur in so many `clusters`. `here` is what the values are worth for judging the share, and `worth` how many
    independent excesses have a mean as uncertain as this one.
    """

    observed: float
    mean: float
    variance: float
    clusters: float
    here: Effective
    worth: float

    @staticmethod
    def of(series: Series, level: float) -> Excesses | None:
        """Those of a series; None where they are too few for a fit."""
        over = series.values > level
        n, count = len(over), int(np.count_nonzero(over))
        if count < _FEWEST_EXCESSES:
            return None
        observed, excesses = count / n, series.values[over] - level
        mean, variance = float(excesses.mean()), float(excesses.var())
        return Excesses(
            observed=observed,
            mean=mean,
            variance=variance,
            clusters=count * extremal_index(np.flatnonzero(over)),
            here=series.worth_beyond(level),
            worth=_worth_of_excesses(series, level, observed, mean, variance),
        )


def _worth_of_excesses(series: Series, level: float, observed: float, mean: float, variance: float) -> float:
    """How many independent excesses have a mean as uncertain as this one, by batch means of its linear terms."""
    pulls = np.where(series.values > level, series.values - level - mean, 0.0) / (mean * observed)
    spread = spread_of_batches(batch_means(series.stages.centred(pulls)), series.stages.count)
    return variance / mean**2 / spread.variance if spread.variance else float(np.inf)


def extremal_index(positions: Ints) -> float:
    """The share of exceedances that begin a cluster, from their positions, ascending, by the intervals estimator."""
    gaps = np.diff(positions).astype(np.float64)
    if not len(gaps):
        return 1.0
    if gaps.max() > 2:
        squares, sums = float((gaps - 1) @ (gaps - 2)), float((gaps - 1).sum())
    else:
        squares, sums = float(gaps @ gaps), float(gaps.sum())
    return min(1.0, 2 * sums**2 / (len(gaps) * squares))
