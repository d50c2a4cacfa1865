"""The confidence of each look at a series of runs, so that all looks together are wrong as rarely as one alone.

A series is judged after each of its runs, from all runs so far. Whoever looks again and again at a bound of 97.5% finds
it broken sooner or later. The error of all looks is spent in parts: after k looks k/(k+1) of it, half at the first one
(K. K. G. Lan, D. L. DeMets, Biometrika 70, 1983), so that the number of looks need not be known before. Runs are
independent, so the sums over them have independent increments, and the parts of the error follow from the recursion of
P. Armitage, C. K. McPherson and B. C. Rowe (J. R. Stat. Soc. A 132, 1969).
"""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy.special import ndtr, ndtri

from harness.analyse.stats.effective_size import Floats

LOOKS_AT_MOST = 100
_LOOKS_AT_ONCE = 10
_POINTS, _REACH = 801, 8.0


def look_confidence(look: int, confidence: float) -> float:
    """The confidence of a bound on one side at a look, counted from 1; `confidence` is that of all looks together.

    Raises ValueError beyond 100 looks.
    """
    if not 1 <= look <= LOOKS_AT_MOST:
        raise ValueError(f"look must be between 1 and {LOOKS_AT_MOST}, not {look}")
    made = min(LOOKS_AT_MOST, -(-look // _LOOKS_AT_ONCE) * _LOOKS_AT_ONCE)
    return float(ndtr(_boundaries(round(1 - confidence, 9), made)[look - 1]))


@cache
def _boundaries(error: float, looks: int) -> tuple[float, ...]:
    """How many standard deviations the mean has to be away at each look, in turn."""
    bounds = [float(-ndtri(error / 2))]
    sums = np.linspace(-_REACH, bounds[0], _POINTS)
    density = _normal(sums)
    for look in range(2, looks + 1):
        weighed = density * (sums[1] - sums[0])
        weighed[[0, -1]] /= 2
        limit = _limit(sums, weighed, error / (look * (look + 1)))
        bounds.append(limit / look**0.5)
        following = np.linspace(-_REACH * look**0.5, limit, _POINTS)
        density = _normal(following[:, None] - sums[None, :]) @ weighed
        sums = following
    return tuple(bounds)


def _limit(sums: Floats, weighed: Floats, spent: float) -> float:
    """Where the next sum is beyond with the chance `spent`, after sums with these weights, by bisection."""
    low, high = 0.0, float(sums[-1]) + _REACH
    for _ in range(60):
        middle = (low + high) / 2
        beyond = float(weighed @ ndtr(sums - middle))
        low, high = (middle, high) if beyond > spent else (low, middle)
    return (low + high) / 2


def _normal(at: Floats) -> Floats:
    found: Floats = np.exp(-(at**2) / 2) / np.sqrt(2 * np.pi)
    return found
