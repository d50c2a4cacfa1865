"""The rule for every percentile: the smallest value that a share of all values does not exceed.

`harness.analyse.stats.quantiles` applies it to arrays.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil

DIGITS = 6
"""A share times a count is rounded to this number of decimal places: 0.55 × 100 is 55, not 55.00000000000001."""


def share_of(statistic: str) -> float:
    """0.99 for `p99`, 0.999 for `p999`."""
    return float(f"0.{statistic[1:]}")


def rank(n: int, share: float) -> int:
    """The index, from 0, of the quantile among n ≥ 1 ascending values; `share` is 0.99 for a p99."""
    return min(n - 1, max(0, ceil(round(share * n, DIGITS)) - 1))


def quantile(values: Iterable[float], share: float) -> float:
    """The quantile of at least one value, in any order."""
    ordered = sorted(values)
    return ordered[rank(len(ordered), share)]
