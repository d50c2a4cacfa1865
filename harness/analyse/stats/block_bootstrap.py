"""Runs on one schedule, cut into the same stretches of time, so that their differences can be paired.

A statistic under a weighting counts each stretch as often as its weight says. Drawing the weights at random
(a bootstrap of stretches, stratified by the scenario's phases) shows how much a statistic of the whole run
would scatter; the same weights for every policy remove their common variation from the difference.
Sources: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, §8.5 (pairs) and §8.6 (blocks).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from harness.analyse.evidence import CountedWindow, Evidence
from harness.analyse.stats.effective_size import BATCHES, Floats, Ints
from harness.analyse.stats.quantiles import ranks

_SHORTEST_S = 0.5
_FEWEST, _FEWEST_OF_A_PHASE = 10, 4
_CANDIDATES = 2000


@dataclass(frozen=True, slots=True)
class Partition:
    """Stretches between `edges` (seconds, shape (k+1,)), each in one of the scenario's `phases`, shape (k,)."""

    edges: Floats
    phases: Ints

    @property
    def count(self) -> int:
        """How many stretches there are."""
        return len(self.phases)

    @property
    def window(self) -> CountedWindow:
        """The window that the stretches cover."""
        return CountedWindow(float(self.edges[0]), float(self.edges[-1]))

    @property
    def lengths_s(self) -> Floats:
        """Seconds of each stretch."""
        return np.diff(self.edges)

    def place(self, at_s: Floats) -> Ints:
        """The stretch of each time; times outside belong to the nearest stretch."""
        found: Ints = np.clip(np.searchsorted(self.edges, at_s, side="right") - 1, 0, self.count - 1)
        return found

    def weights(self, draws: int, rng: np.random.Generator) -> Floats:
        """Random weights, shape (draws, k): as many stretches of each phase as there are, with replacement."""
        drawn = np.empty((draws, self.count))
        for phase in np.unique(self.phases):
            members = np.flatnonzero(self.phases == phase)
            chances = np.full(len(members), 1 / len(members))
            drawn[:, members] = rng.multinomial(len(members), chances, size=draws)
        return drawn


def partition(runs: Sequence[Evidence]) -> Partition | None:
    """10 to 30 stretches of the window that all runs counted, at least 0.5 s each; None when it is too short."""
    start_s = max(run.window.start_s for run in runs)
    length_s = min(run.window.end_s for run in runs) - start_s
    count = min(BATCHES, int(length_s / _SHORTEST_S))
    if count < _FEWEST:
        return None
    return partition_at(start_s + length_s * np.arange(count + 1) / count, runs[0])


def partition_at(edges: Floats, run: Evidence) -> Partition:
    """Stretches between these edges (seconds, shape (k+1,)), in the phases of the run's scenario."""
    return Partition(edges, _joined(run.phases((edges[:-1] + edges[1:]) / 2)))


def _joined(phases: Ints) -> Ints:
    """Phases of fewer than 4 stretches are too short to show scatter; they join the one before them."""
    joined = phases.copy()
    for phase in np.unique(phases)[1:]:
        members = joined == phase
        if members.sum() < _FEWEST_OF_A_PHASE:
            joined[members] = joined[np.flatnonzero(members)[0] - 1]
    first = joined == joined[0]
    if first.sum() < _FEWEST_OF_A_PHASE and not first.all():
        joined[first] = joined[first.sum()]
    return joined


class Statistic(Protocol):
    """One number of a run, with the contribution of each stretch."""

    @property
    def value(self) -> float:
        """The statistic of the whole run."""

    @property
    def n(self) -> int:
        """The calls behind it; for a quantile, those beyond it."""

    @property
    def influence(self) -> Floats:
        """The influence of each stretch on the value, shape (k,), in any unit."""

    def under(self, weights: Floats) -> Floats:
        """The statistic under each row of weights, shape (draws, k) to (draws,)."""


@dataclass(frozen=True, slots=True)
class Share:
    """A ratio of sums: `part` over `whole`, each of shape (k,)."""

    part: Floats
    whole: Floats
    n: int

    @property
    def value(self) -> float:
        """The ratio over all stretches."""
        return float(self.part.sum() / self.whole.sum())

    @property
    def influence(self) -> Floats:
        """The influence of each stretch on the ratio (the delta method's linear term)."""
        pull: Floats = (self.part - self.value * self.whole) / self.whole.mean()
        return pull

    def under(self, weights: Floats) -> Floats:
        """The ratio under each row of weights; a draw without any `whole` keeps the value."""
        part, whole = weights @ self.part, weights @ self.whole
        ratio: Floats = np.divide(part, whole, out=np.full(len(weights), self.value), where=whole > 0)
        return ratio


@dataclass(frozen=True, slots=True)
class Distribution:
    """A run's values as counts: `below[i, j]` values of stretch i are not above `candidates[j]`.

    Candidates are the values' own order statistics, all of them up to some thousand; of more, evenly spaced
    ones and as many towards the tail.
    """

    candidates: Floats
    below: Floats

    def quantile(self, quantile: float) -> Quantile:
        """One quantile of these values."""
        return Quantile(self, quantile)


def distribution_by_stretch(values: Floats, place: Ints, stretches: int) -> Distribution:
    """The shape of values, shape (n,), n ≥ 1, that lie in these stretches."""
    n = len(values)
    members = np.split(
        values[np.argsort(place, kind="stable")], np.bincount(place, minlength=stretches).cumsum()[:-1]
    )
    in_order = [np.sort(of_stretch) for of_stretch in members]
    ordered = np.sort(np.concatenate(in_order), kind="stable")  # fast, because it merges sorted parts
    even, tail = np.linspace(0, 1, _CANDIDATES), 1 - np.geomspace(1, 1 / n, _CANDIDATES)
    shares = np.concatenate([even, tail, [1.0]])
    candidates = np.unique(ordered if n <= 2 * _CANDIDATES else ordered[ranks(n, shares)])
    below = [np.searchsorted(of_stretch, candidates, side="right") for of_stretch in in_order]
    return Distribution(candidates, np.array(below, dtype=np.float64))


@dataclass(frozen=True, slots=True)
class Quantile:
    """A quantile of a shape."""

    shape: Distribution
    quantile: float

    @property
    def value(self) -> float:
        """The quantile over all stretches."""
        return float(self.under(np.ones((1, len(self.shape.below))))[0])

    @property
    def n(self) -> int:
        """The calls that the quantile leaves above or below it, whichever are fewer."""
        total = float(self.shape.below[:, -1].sum())
        return int(total * round(min(self.quantile, 1 - self.quantile), 9))

    @property
    def influence(self) -> Floats:
        """How many more calls than its share each stretch has above the quantile, per call of a stretch."""
        at = int(np.searchsorted(self.shape.candidates, self.value))
        total = self.shape.below[:, -1]
        pull: Floats = (total - self.shape.below[:, at] - (1 - self.quantile) * total) / total.mean()
        return pull

    def under(self, weights: Floats) -> Floats:
        """The quantile under each row of weights, which are whole numbers."""
        below = self.shape.below
        wanted = ranks(weights @ below[:, -1], self.quantile)
        low, high = np.zeros(len(weights), dtype=np.int64), np.full(len(weights), below.shape[1] - 1)
        while np.any(low < high):
            middle = (low + high) // 2
            reached = np.einsum("ij,ji->i", weights, below[:, middle]) > wanted
            low, high = np.where(reached, low, middle + 1), np.where(reached, middle, high)
        found: Floats = self.shape.candidates[high]
        return found
