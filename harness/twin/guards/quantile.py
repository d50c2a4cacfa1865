"""Percentiles by the rule of harness/model/quantile.py."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from harness.model.quantile import DIGITS
from harness.twin.compiled import njit


@njit
def rank(n: int, share: float) -> int:
    """The index, from 0, of the quantile among n ≥ 1 ascending values."""
    return min(n - 1, max(0, math.ceil(round(share * n, DIGITS)) - 1))


@njit
def quantile(values: NDArray[np.float64], share: float) -> float:
    """The quantile of at least one value, in any order; the values stay in their order."""
    place = rank(len(values), share)
    return float(np.partition(values, place)[place])
