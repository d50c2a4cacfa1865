"""The interval of a mean difference over pairs of runs.

One pair shows only how its stretches scatter. What makes a whole run slower than the next one (the machine, the
schedule of its seed) is seen between pairs. Two to six pairs estimate a variance badly, so it is joined with the
variance that is usual before any pair was made, which counts as much as four pairs more (a moderated t: Smyth,
Statistical Applications in Genetics and Molecular Biology 3, 2004). Decision 12 has the alternatives and their errors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harness.analyse.stats.effective_size import critical

USUAL_FREEDOM = 4.0
"""The degrees of freedom that the usual variance between pairs is given."""


@dataclass(frozen=True, slots=True)
class PairDifference:
    """One pair's difference, the variance of it that its stretches show, and that variance's degrees of freedom."""

    value: float
    variance: float
    freedom: float


def half_width(pairs: Sequence[PairDifference], usual_spread: float, confidence: float) -> float:
    """Half of the interval of the mean of 1 or more pairs, in their unit.

    `usual_spread` is the standard deviation that is usual between the differences of pairs, besides the scatter within
    runs. Of one pair the interval is about its two runs only, and `usual_spread` is not part of it.
    """
    within = float(np.mean([pair.variance for pair in pairs]))
    within_freedom = max(1.0, sum(pair.freedom for pair in pairs))
    count = len(pairs)
    if count == 1:
        return critical(within_freedom, confidence) * float(np.sqrt(within))
    seen = float(np.var([pair.value for pair in pairs], ddof=1))
    usual_freedom = min(USUAL_FREEDOM, within_freedom)
    freedom = usual_freedom + count - 1
    variance = (usual_freedom * (usual_spread**2 + within) + (count - 1) * seen) / freedom
    return critical(freedom, confidence) * float(np.sqrt(variance / count))
