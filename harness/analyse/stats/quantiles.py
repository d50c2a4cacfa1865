"""The rule of `harness.model.quantile` for arrays."""

from __future__ import annotations

import numpy as np

from harness.analyse.stats.effective_size import Floats, Ints
from harness.model.quantile import DIGITS, rank


def quantile_of(ordered: Floats, share: float) -> float:
    """The smallest of `ordered`, shape (n,) ascending, n ≥ 1, that a `share` of them does not exceed."""
    return float(ordered[rank(len(ordered), share)])


def ranks(n: int | Ints | Floats, share: float | Floats) -> Ints:
    """`rank` for many counts, many shares, or both; 0 where a count is 0."""
    counts: Floats = np.asarray(n, dtype=np.float64)
    places: Ints = np.ceil(np.round(share * counts, DIGITS)).astype(np.int64) - 1
    return np.clip(places, 0, np.maximum(counts.astype(np.int64) - 1, 0))
