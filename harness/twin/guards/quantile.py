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
    """The quantile of at least one value, in any order; it changes their order (Hoare's selection)."""
    place = rank(len(values), share)
    low, high = 0, len(values) - 1
    while low < high:
        left, right = _parted(values, low, high)
        if left <= place:
            low = left
        elif right >= place:
            high = right
        else:
            break
    return values[place]


@njit
def quantile_of_copy(values: NDArray[np.float64], copy: NDArray[np.float64], share: float) -> float:
    """The same, and the values stay in their order; `copy` is an array of at least their number."""
    for place in range(len(values)):
        copy[place] = values[place]
    return quantile(copy[: len(values)], share)


@njit
def _parted(values: NDArray[np.float64], low: int, high: int) -> tuple[int, int]:
    """Puts smaller values before larger ones; returns where the larger begin, and where the smaller end."""
    left, right, middle = low, high, values[(low + high) >> 1]
    while left <= right:
        while values[left] < middle:
            left += 1
        while values[right] > middle:
            right -= 1
        if left <= right:
            values[left], values[right] = values[right], values[left]
            left, right = left + 1, right - 1
    return left, right
