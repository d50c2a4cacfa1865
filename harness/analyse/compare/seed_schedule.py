"""The seeds of a comparison: the given ones, then more until it says what was asked for."""

from __future__ import annotations

from collections.abc import Sequence

from harness.analyse.compare.paired_differences import resolution
from harness.model.verdict import Comparison, Difference

AT_MOST = 50


def next_seed(seeds: Sequence[int], made: int, minutes_left: float, *, wanting: bool) -> int | None:
    """The seed of the next round, after `made` of them; None at the end.

    After the given seeds, those after the highest follow while something is `wanting`. The first round is always made;
    none begins when no minutes are left.
    """
    if made and minutes_left <= 0:
        return None
    if made < len(seeds):
        return seeds[made]
    if not wanting or made >= AT_MOST:
        return None
    return max(seeds) + 1 + made - len(seeds)


def wide_differences(comparison: Comparison, within: float) -> list[Difference]:
    """The differences with an interval whose half-width is more than `within` times the measurement.

    The interval of one pair of runs does not contain what differs between runs, so it is never narrow enough.
    An interval as narrow as the difference expected by chance (`resolution`) is narrow enough. A ratio of errors is
    measured against all calls: 5% are five calls in a hundred.
    """
    return [delta for delta in comparison.deltas if not _narrow(delta, within)]


def _narrow(delta: Difference, within: float) -> bool:
    if delta.a is None or delta.b is None:
        return True  # more seeds do not define a difference
    if delta.runs < 2 or delta.low is None or delta.high is None:
        return False
    size = 1.0 if delta.unit in {"ratio", "1/call"} else min(abs(delta.a), abs(delta.b))
    return (delta.high - delta.low) / 2 <= max(within * size, resolution(delta.unit, size))
