"""Whether a lower rate breaks an SLO that a higher one keeps, and which rates below a limit were not tried.

A search assumes that bad calls grow with the rate. Nothing but trials can show that: rates are tried until no two
neighbours between the lowest one and the limit are further apart than a factor of `GAP`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from scipy.stats import binom

from harness.analyse.range.boundary import burst_s
from harness.model.range import Trial

GAP, REACH = 1.32, 4.0
APART = 1.1
_SAME = 1.01
_CERTAIN, _HOLDS = 0.01, 0.05


@dataclass(frozen=True, slots=True)
class Doubt:
    """A rate whose trials, of `tried_s` seconds, break the SLO although a higher rate keeps it."""

    rate_per_s: float
    tried_s: float
    certain: bool


def doubt(trials: Sequence[Trial]) -> Doubt | None:
    """The lowest rate that breaks the SLO while one at least a tenth higher keeps it, None without one."""
    for trial in sorted(trials, key=lambda t: t.rate_per_s):
        if trial.broke and keeping(trials, above_per_s=trial.rate_per_s):
            same = [t for t in trials if 1 / _SAME < t.rate_per_s / trial.rate_per_s < _SAME]
            found = _doubt(trial.rate_per_s, same, burst_s(trials))
            if found is not None:
                return found
    return None


def keeping(trials: Sequence[Trial], above_per_s: float) -> list[Trial]:
    """Trials at rates at least a tenth above this one that keep the SLO, and would not by chance."""
    higher = [t for t in trials if t.rate_per_s >= above_per_s * APART]
    return [t for t in higher if _keeps(t, burst_s(trials))] if higher else []


def _doubt(rate_per_s: float, same: Sequence[Trial], lasts_s: float) -> Doubt | None:
    """From all trials at one rate; None when together they keep the SLO."""
    n = sum(t.n for t in same)
    bad = sum(t.n * t.seen for t in same) / n
    allowed = min(t.allowed_ratio for t in same)
    if bad <= allowed:
        return None
    worth = sum(_worth(t, lasts_s) for t in same)
    return Doubt(rate_per_s, sum(t.counted_s for t in same), _surely(bad, worth, allowed))


def surely_broken(trials: Sequence[Trial], above_per_s: float) -> float | None:
    """The lowest rate above this one at which a trial broke the SLO, and not by chance; None without one."""
    lasts_s = burst_s(trials)
    broken = [t for t in trials if t.rate_per_s > above_per_s and t.broke]
    return min(
        (t.rate_per_s for t in broken if _surely(t.seen, _worth(t, lasts_s), t.allowed_ratio)), default=None
    )


def _surely(bad: float, worth: float, allowed: float) -> bool:
    """Whether so large a share of bad calls would be rare if no more were allowed."""
    return bool(binom.sf(round(bad * worth) - 1, round(worth), allowed) < _CERTAIN)


def _keeps(trial: Trial, lasts_s: float) -> bool:
    """Whether a trial that breaks the SLO in truth would rarely have had so few bad calls."""
    worth = _worth(trial, lasts_s)
    by_chance = binom.cdf(round(trial.seen * worth), round(worth), trial.allowed_ratio)
    return not trial.broke and bool(by_chance < _HOLDS)


def _worth(trial: Trial, lasts_s: float) -> float:
    return min(trial.effective_n, trial.n / max(1.0, trial.rate_per_s * lasts_s))


def untried_below(limit_per_s: float, trials: Sequence[Trial]) -> float | None:
    """A rate in the widest gap between those that kept the SLO below a limit; None when no gap is wider than `GAP`.

    The rates reach down to a quarter of the limit.
    """
    kept = sorted(t.rate_per_s for t in trials if not t.broke and t.rate_per_s < limit_per_s)
    if not kept or kept[0] > limit_per_s / REACH * GAP:
        kept = [limit_per_s / REACH / GAP, *kept]
    rates = [*kept, limit_per_s]
    widest, low = max((high / low, low) for low, high in pairwise(rates))
    if widest <= GAP * 1.0001:
        return None
    steps = 2
    while widest ** (1 / steps) > GAP:
        steps += 1
    return float(low * widest ** (1 / steps))


def lowest_kept(limit_per_s: float, trials: Sequence[Trial]) -> float:
    """The lowest rate up to a limit that was tried and kept the SLO: where a band begins."""
    return min(
        (t.rate_per_s for t in trials if not t.broke and t.rate_per_s <= limit_per_s), default=limit_per_s
    )
