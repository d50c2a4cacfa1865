"""How fast a sampled quantity grows, with an interval that holds for samples that depend on their neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

BLOCKS = 15
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Slope:
    """Growth per hour, its upper bound (one-sided, 95%), and the number of samples and of blocks behind it."""

    per_hour: float
    upper: float
    n: int
    blocks: int


def slope(at_s: Sequence[float], values: Sequence[float], blocks: int = BLOCKS) -> Slope:
    """The least-squares slope through the means of `blocks` equal parts of the time.

    Neighbouring samples of a process's memory are nearly equal, so that the usual error of a slope through all of them
    would be far too small. Means of blocks that are long compared with that dependence are nearly independent (batch
    means: Law & Kelton, "Simulation Modeling and Analysis", section 9.5.3); Student's t with two degrees less than
    there are blocks allows for how few they are. Raises ValueError for fewer than four blocks with samples.
    """
    when, what = np.asarray(at_s, float) / 3600.0, np.asarray(values, float)
    edges = np.linspace(when.min(), when.max(), blocks + 1)
    of = np.clip(np.searchsorted(edges, when, side="right") - 1, 0, blocks - 1)
    filled = [number for number in range(blocks) if (of == number).any()]
    if len(filled) < 4:
        raise ValueError(f"{len(filled)} blocks have samples; a slope needs at least 4")
    x = np.array([when[of == number].mean() for number in filled])
    y = np.array([what[of == number].mean() for number in filled])
    off = x - x.mean()
    spread, freedom = float((off**2).sum()), len(filled) - 2
    per_hour = float((off * y).sum() / spread)
    rest = y - y.mean() - per_hour * off
    error = float(np.sqrt((rest**2).sum() / freedom / spread))
    upper = per_hour + float(student.ppf(CONFIDENCE, freedom)) * error
    return Slope(per_hour, upper, len(what), len(filled))
