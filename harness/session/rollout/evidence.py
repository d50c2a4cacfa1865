"""How strongly counts speak for a proportion above or below a boundary, at any moment, however often one looks.

The evidence is the mixture likelihood ratio of a Binomial: the likelihood averaged over all proportions on one side
of the boundary, over the likelihood at the boundary. While the truth lies at the boundary or on its other side, the
probability that it ever reaches 1/α is at most α (Ville's inequality; Robbins 1970; Lindon and Malek,
arXiv 2011.03567; Ramdas et al., arXiv 2210.01948), so it may be looked at after each call and acted on at once.

Plain Python, because a service that runs a canary has no scipy.
"""

from __future__ import annotations

from math import inf, lgamma, log, log1p

MOST_TERMS, PRECISE = 300, 1e-12
_TINY = 1e-300


def above(hits: float, misses: float, boundary: float) -> float:
    """ln of the evidence that the proportion of hits is above `boundary` (between 0 and 1).

    Counts need not be whole: they may have been divided by a design effect.
    """
    tail = _log_upper(hits + 1.0, misses + 1.0, boundary)
    return tail - log1p(-boundary) - hits * log(boundary) - misses * log1p(-boundary)


def below(hits: float, misses: float, boundary: float) -> float:
    """ln of the evidence that the proportion of hits is below `boundary`."""
    return above(misses, hits, 1.0 - boundary)


def _log_upper(a: float, b: float, x: float) -> float:
    """ln of the integral of t^(a-1) (1-t)^(b-1) from x to 1: the incomplete beta function's upper part."""
    whole = lgamma(a) + lgamma(b) - lgamma(a + b)
    if x > (a + 1.0) / (a + b + 2.0):
        return _log_lower(b, a, 1.0 - x)
    lower = _log_lower(a, b, x) - whole
    return whole + (log1p(-_exp(lower)) if lower < 0.0 else -inf)


def _log_lower(a: float, b: float, x: float) -> float:
    """ln of the integral from 0 to x, by its continued fraction (Lentz's method; DLMF 8.17.22)."""
    front = a * log(x) + b * log1p(-x) - log(a)
    c, d = 1.0, 1.0 / _not_0(1.0 - (a + b) * x / (a + 1.0))
    fraction = d
    for m in range(1, MOST_TERMS):
        for numerator in (
            m * (b - m) * x / ((a + 2 * m - 1.0) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1.0)),
        ):
            d = 1.0 / _not_0(1.0 + numerator * d)
            c = _not_0(1.0 + numerator / c)
            fraction *= c * d
        if abs(c * d - 1.0) < PRECISE:
            break
    return front + log(fraction)


def _not_0(value: float) -> float:
    return value if abs(value) > _TINY else _TINY


def _exp(value: float) -> float:
    return 0.0 if value < -700.0 else float(2.718281828459045**value)
