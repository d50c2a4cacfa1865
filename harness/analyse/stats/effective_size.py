"""How many independent samples a run is worth: calls that queue behind each other are correlated.

Batch means: cut the values, in the order of their schedule, into contiguous batches; the scatter of the
batches' means shows the error of the overall mean, dependence included (Law, Simulation Modeling and
Analysis, 5th ed., §9.5.3). Three refinements make that hold for tails and short runs:

- batches that are still too short resemble their neighbours. The variance is multiplied by
  (1+φ)/(1-φ), with φ the lag-1 correlation of the batch means, and the degrees of freedom shrink by the same
  factor (the correlation adjustment of Skart: Tafazzoli, Wilson, Lada and Steiger, 2011);
- a short run may contain no burst, or one, beyond its p99, and then looks independent. The correlation of its calls
  at more frequent levels (median, p75, p90) is well measured, so the largest design effect of all is used;
- changes that the scenario makes by design (a fault from 10 s to 18 s) are not random. Values are taken relative to
  the mean of their own phase before the scatter is measured, as in stratified sampling.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from harness.model.quantile import rank

CONFIDENCE = 0.95
BATCHES = 30
LADDER = (0.5, 0.75, 0.9, 0.99)
_LARGEST_PHI, _BY_CHANCE = 0.8, 2.0
_DRIFT_S, _DRIFT_RATIO = 0.002, 0.1
_LARGEST = float(np.finfo(np.float64).max)

T = TypeVar("T")
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Spread:
    """The variance of a mean, and the degrees of freedom with which it is known."""

    variance: float
    freedom: float

    @property
    def critical(self) -> float:
        """Student's quantile for a two-sided 95% interval."""
        return critical(self.freedom)

    def critical_at(self, confidence: float) -> float:
        """Student's quantile for a bound on one side with this confidence."""
        return float(stdtrit(self.freedom, confidence))


@dataclass(frozen=True, slots=True)
class Effective:
    """`n` dependent samples are worth `size` independent ones, with `freedom` degrees of freedom."""

    n: int
    size: float
    freedom: float

    @property
    def design_effect(self) -> float:
        """How many samples are worth one independent sample; at least 1."""
        return self.n / self.size if self.size else 1.0

    @property
    def critical(self) -> float:
        """Student's quantile for a two-sided 95% interval."""
        return critical(self.freedom)

    def critical_at(self, confidence: float) -> float:
        """Student's quantile for a bound on one side with this confidence."""
        return float(stdtrit(self.freedom, confidence))

    def widening(self, scarce: float) -> float:
        """How many times as far an upper bound reaches: √(1 + scarce·(1/size - 2/n)), or 1 for design effects up to 2.

        A short run without a busy stretch looks more independent than the system is.
        """
        return float(np.sqrt(1 + scarce * max(0.0, 1 / self.size - _BY_CHANCE / self.n)))

    def at_most(self, other: Effective) -> Effective:
        """The more cautious of both."""
        return Effective(self.n, min(self.size, other.size), min(self.freedom, other.freedom))


def critical(freedom: float, confidence: float = CONFIDENCE) -> float:
    """Student's two-sided quantile."""
    return float(stdtrit(freedom, 0.5 + confidence / 2))


def _batches(n: int, batches: int = BATCHES) -> int:
    return min(batches, max(2, n // 4))


def batch_means(values: Floats, batches: int = BATCHES) -> Floats:
    """Means of contiguous batches, at most `batches` and of at least 4 values each where there are 8."""
    count = _batches(len(values), batches)
    edges = np.linspace(0, len(values), count + 1).astype(np.int64)
    sums: Floats = np.add.reduceat(values, edges[:-1])
    means: Floats = sums / np.diff(edges)
    return means


@dataclass(frozen=True, slots=True)
class Stages:
    """The phases, counted from 0, of values in time order: how many values each has, and which one each value has."""

    sizes: Ints
    phases: Ints | None
    """Shape (n,); None where all values have one phase."""

    @staticmethod
    def of(phases: Ints) -> Stages:
        """Those of values with these phases, shape (n,)."""
        sizes = np.bincount(phases)
        there = sizes[sizes > 0]
        return Stages(there, None) if len(there) == 1 else Stages(sizes, phases)

    @property
    def count(self) -> int:
        """How many phases have values."""
        return int(np.count_nonzero(self.sizes))

    def centred(self, values: Floats) -> Floats:
        """Values minus the mean of their phase."""
        phases = np.zeros(len(values), dtype=np.int64) if self.phases is None else self.phases
        return self._without(values, np.bincount(phases, values))

    def centred_events(self, events: NDArray[np.bool_]) -> Floats:
        """The same for yes-or-no values."""
        if self.phases is None:
            return self._without(events.astype(np.float64), np.array([np.count_nonzero(events)]))
        counts = np.bincount(self.phases[events], minlength=len(self.sizes))
        return self._without(events.astype(np.float64), counts)

    def _without(self, values: Floats, sums: Floats | Ints) -> Floats:
        means: Floats = sums / np.maximum(self.sizes, 1)
        apart: Floats = values - (means[0] if self.phases is None else means[self.phases])
        return apart


def centred(values: Floats, phases: Ints) -> Floats:
    """Values minus the mean of their phase; phases are counted from 0."""
    return Stages.of(phases).centred(values)


def autocorrelation_factor(means: Floats) -> float:
    """(1+φ)/(1-φ) for the lag-1 correlation φ ≥ 0 of batch means: the correlation that short batches miss.

    The estimate's bias, about -1/batches, is added back; φ is held below 0.8, where 30 batches are too few to
    estimate it.
    """
    deviations = means - means.mean()
    squares = float(deviations @ deviations)
    if squares == 0:
        return 1.0
    phi = float(deviations[1:] @ deviations[:-1]) / squares + 1 / len(means)
    phi = min(max(phi, 0.0), _LARGEST_PHI)
    return (1 + phi) / (1 - phi)


def spread_of_batches(means: Floats, phases: int = 1) -> Spread:
    """The spread of the mean of these batch means, of which `phases` means were taken out before."""
    alike = autocorrelation_factor(means)
    freedom = max(1, len(means) - max(1, phases))
    variance = float(means.var()) / freedom
    return Spread(variance * alike, max(1.0, freedom / alike))


def spread_of_mean(values: Floats, phases: Ints) -> Spread:
    """The spread of the mean of dependent values, shape (n,) in time order, n ≥ 2."""
    stages = Stages.of(phases)
    return spread_of_batches(batch_means(stages.centred(values)), stages.count)


def effective(values_s: Floats, phases: Ints, quantile: float, unseen: float = 1.0) -> Effective:
    """What durations in seconds, shape (n,) in time order, n ≥ 1, are worth for bounding their `quantile`.

    `unseen` is the design effect to assume for values larger than any in the sample.
    """
    n = len(values_s)
    series = Series(values_s, phases)
    here = series.worth_beyond(series.ordered[rank(n, quantile)]).at_most(series.worth_of_frequent(quantile))
    return here.at_most(_undivided(n, unseen))


def worth_of_frequent(values_s: Floats, phases: Ints, quantile: float) -> Effective:
    """`Series.worth_of_frequent` of durations in seconds, shape (n,) in time order."""
    return Series(values_s, phases).worth_of_frequent(quantile)


def worth_beyond(values: Floats, phases: Ints, border: float, unseen: float = 1.0) -> Effective:
    """`Series.worth_beyond` of values, shape (n,) in time order."""
    return Series(values, phases).worth_beyond(border, unseen)


@dataclass(frozen=True)
class Series:
    """Values, shape (n,) in time order, and the phase of each. What several statistics need is computed once."""

    values: Floats
    phases: Ints
    _kept: dict[tuple[object, float], Any] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def ordered(self) -> Floats:
        """The values in ascending order."""
        return np.sort(self.values)

    @cached_property
    def stages(self) -> Stages:
        """How the phases lie."""
        return Stages.of(self.phases)

    @cached_property
    def finite(self) -> Series:
        """The values that are not infinite."""
        there = np.isfinite(self.values)
        return self if there.all() else Series(self.values[there], self.phases[there])

    def kept(self, computed: Callable[[Series, float], T], level: float) -> T:
        """What a function computes of this series at a level, once."""
        key = (computed, level)
        if key not in self._kept:
            self._kept[key] = computed(self, level)
        found: T = self._kept[key]
        return found

    def count_above(self, border: float) -> int:
        """How many values are larger."""
        return len(self.values) - int(np.searchsorted(self.ordered, border, side="right"))

    def worth_of_frequent(self, quantile: float) -> Effective:
        """What durations in seconds are worth by the bursts at levels that are passed more often than `quantile`.

        What lies above a level counts from a tenth more, and from 2 ms more: smaller drifts of the machine do not come
        from queues. From half as much again, 6% of the upper bounds of p99 were wrong on M/D/8 at 65% load, and 11%
        where 0.6% of the services take 25 times as long; from a tenth more it is 1% on both.
        """
        n = len(self.values)
        least = Effective(n, float(n), max(1.0, _batches(n) - 1.0))
        ranks = [rank(n, level) for level in LADDER if level < quantile]
        if n < 2 or not ranks:
            return least
        at = self.ordered[ranks]
        for border in np.unique(at + np.maximum(_DRIFT_S, _DRIFT_RATIO * at)):
            if self.count_above(border) >= n * (1 - quantile):
                least = least.at_most(self.worth_beyond(border))
        return least

    def worth_beyond(self, border: float, unseen: float = 1.0) -> Effective:
        """What the values are worth for judging the ratio of them above `border`.

        `unseen` is the design effect to assume where none of them, or all, is. Nothing lies above an infinite border:
        the ratio is then that of the infinite values themselves.
        """
        seen = self.kept(_beyond, min(float(border), _LARGEST))
        return seen if seen is not None else _undivided(len(self.values), unseen)


def _beyond(series: Series, border: float) -> Effective | None:
    return _of_indicator(series.values > border, series.stages)


def effective_of_events(events: NDArray[np.bool_], phases: Ints, at_least: float = 1.0) -> Effective:
    """What n yes-or-no samples in time order are worth for judging their ratio.

    Fewer than 10 of a kind are too few to show how they cluster: then the design effect is no less than
    `at_least`.
    """
    n, count = len(events), int(np.count_nonzero(events))
    if n < 2:
        return Effective(n, float(n), 1.0)
    seen = _of_indicator(events, Stages.of(phases))
    if seen is None:
        return _undivided(n, at_least)
    if min(count, n - count) < 10:
        return Effective(n, min(seen.size, n / min(max(1.0, at_least), n)), seen.freedom)
    return seen


def _undivided(n: int, design_effect: float) -> Effective:
    """n samples that are all the same, with a design effect from elsewhere."""
    return Effective(n, n / min(max(1.0, design_effect), n), _batches(n) - 1.0)


def _of_indicator(events: NDArray[np.bool_], stages: Stages) -> Effective | None:
    n, count = len(events), int(np.count_nonzero(events))
    if count in (0, n):
        return None
    ratio = count / n
    spread = spread_of_batches(batch_means(stages.centred_events(events)), stages.count)
    size = ratio * (1 - ratio) / spread.variance if spread.variance else float(n)
    return Effective(n, min(size, float(n)), spread.freedom)
