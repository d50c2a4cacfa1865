"""Moments at which a measured signal changes its level, by change-point detection (ruptures)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from harness.analyse.stats.effective_size import Floats
from harness.analyse.stats.quantiles import quantile_of

PENALTY, LEAST_NOISE = 6.0, 1e-9


@dataclass(frozen=True, slots=True)
class Level:
    """A stretch of samples, from `begin` up to and without `end`, in which a signal keeps a level: its mean."""

    begin: int
    end: int
    mean: float


def levels(values: Floats, noise: float) -> list[Level]:
    """The stretches of a signal, shape (n,), in order; those of NaN continue the value before.

    `noise` is a standard deviation below which samples are not told apart; a larger one of the signal itself counts.
    The method is PELT with squared errors (R. Killick, P. Fearnhead, I. A. Eckley, JASA 107, 2012), and a penalty of
    6·log n a change.
    """
    if len(values) < 2:
        return [Level(0, len(values), float(values.mean()))] if len(values) else []
    import ruptures

    filled = _filled(values)
    scaled = filled / max(noise, _noise(filled), LEAST_NOISE)
    found = ruptures.Pelt(model="l2", min_size=1, jump=1).fit(scaled.reshape(-1, 1))
    edges = [0, *found.predict(pen=PENALTY * float(np.log(len(values))))]
    return [Level(a, b, float(filled[a:b].mean())) for a, b in pairwise(edges)]


def _filled(values: Floats) -> Floats:
    """The values with the last known one in place of NaN; the first known one before it."""
    known = np.flatnonzero(~np.isnan(values))
    if not len(known):
        return np.zeros(len(values))
    last = np.maximum.accumulate(np.where(np.isnan(values), -1, np.arange(len(values))))
    filled: Floats = values[np.where(last < 0, known[0], last)]
    return filled


def _noise(values: Floats) -> float:
    """The standard deviation by the median of neighbours' differences, which a few changes do not move."""
    return (
        quantile_of(np.sort(np.abs(np.diff(values))), 0.5) / 0.9539
    )  # of the difference of two normal samples
