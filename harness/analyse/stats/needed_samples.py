"""How many independent samples decide a limit in 9 of 10 runs, when the true value is known.

By counting, it is the sample size of the test of a ratio: the bound of the interval keeps its distance from the true
ratio, and the ratio seen may be worse than the true one by chance. By the tail's shape, it is where the bound of
`tail_bound` falls below the limit for exponential durations, every estimate being worse than the true value by chance.
"""

from __future__ import annotations

from math import exp, inf, log

from scipy.special import ndtri, stdtrit

from harness.analyse.stats.effective_size import BATCHES, critical
from harness.analyse.stats.tail_bound import (
    CONFIDENCE,
    FARTHEST,
    FEWEST_INDEPENDENT,
    FEWEST_OFTEN,
    LEVELS,
    SHRINK,
    Estimates,
    tail_at_bounds,
)

DECIDED = 0.9
_LUCK = float(ndtri(DECIDED))
_CRITICAL = critical(BATCHES - 1.0)
_T_OF_TAIL = float(stdtrit(BATCHES - 1.0, CONFIDENCE))
_SCATTER_OF_WORTH = 1.3
"""How many times as many samples a percentile needs, because a run estimates what its calls are worth, too."""
_TOO_MANY = 1e9


def for_ratio(limit: float, true: float) -> float:
    """Yes-or-no samples that show a ratio to be below `limit`, when it is `true`; both lie between 0 and 1."""
    return _for_mean(limit, true, limit * (1 - limit), true * (1 - true))


def for_rare_events(limit: float, true: float) -> float:
    """Samples that show the mean of rare events in each to be below `limit`, when it is `true`: their variance."""
    return _for_mean(limit, true, limit, true)


def for_percentile(quantile: float, times: float) -> float:
    """Samples that show by counting that a percentile of exponential durations is below `times` of it, times > 1."""
    share = 1 - quantile
    return _SCATTER_OF_WORTH * for_ratio(share, share**times)


def by_tail(quantile: float, times: float) -> float:
    """The same by the shape of the tail; infinite for a percentile that no level can bound."""
    near = [below for below, _ in LEVELS if below < quantile and 1 - below <= FARTHEST * (1 - quantile)]
    return min((_over_level(below, quantile, times) for below in near), default=inf)


def _for_mean(limit: float, true: float, variance_at_limit: float, variance: float) -> float:
    return float(((_CRITICAL * variance_at_limit**0.5 + _LUCK * variance**0.5) / (limit - true)) ** 2)


def _over_level(below: float, quantile: float, times: float) -> float:
    """The fewest samples for which the tail over one level lies below the limit."""
    low, high = FEWEST_OFTEN, _TOO_MANY
    while high > 1.001 * low:
        middle = (low * high) ** 0.5
        low, high = (low, middle) if _is_below(middle, below, quantile, times) else (middle, high)
    return high


def _is_below(size: float, below: float, quantile: float, times: float) -> bool:
    share = 1 - below
    excesses = size / (size + SHRINK) * size * share
    if excesses < FEWEST_INDEPENDENT:
        return False
    worse = _LUCK / excesses**0.5
    seen = Estimates(share * exp(worse), 1 + worse, worse / 2)
    fit = tail_at_bounds(-log(share), seen, excesses, excesses, _T_OF_TAIL)
    return fit.value_at(1 - quantile) <= -times * log(1 - quantile)
