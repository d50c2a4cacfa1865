"""How much identical runs differ from each other, estimated from a few of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import chdtri

from harness.analyse.stats.effective_size import CONFIDENCE, critical
from harness.analyse.stats.intervals import Interval
from harness.model.run_effect import RunEffect


def effect_of(values: Sequence[float]) -> RunEffect:
    """The effect seen in one measurement of n ≥ 2 identical runs, each value above 0.

    The logarithms of the values are taken as normal. `usual` is the 95% prediction limit of the difference of two
    further runs (Student's t with n - 1 degrees of freedom), so that few runs give a large one.
    """
    spread = float(np.sqrt(2.0) * np.std(np.log(values), ddof=1))
    return RunEffect(
        spread=spread, usual=float(np.expm1(critical(len(values) - 1.0) * spread)), runs=len(values)
    )


def spread_interval(effect: RunEffect) -> Interval:
    """The 95% interval of a measured effect's standard deviation, by chi-square with runs - 1 degrees of freedom."""
    freedom, tail = effect.runs - 1, (1 - CONFIDENCE) / 2
    low, high = (effect.spread * float(np.sqrt(freedom / chdtri(freedom, p))) for p in (tail, 1 - tail))
    return Interval(low, high)
