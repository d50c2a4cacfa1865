"""Which law service times follow: fixed, exponential or lognormal where it fits, else the measured times themselves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import expon, kstest, lognorm

from harness.analyse.stats.effective_size import Floats
from harness.analyse.stats.quantiles import quantile_of
from mock_upstream.profile import EmpiricalTime, ExponentialTime, FixedTime, LognormalTime, ServiceTime

FIXED_SPREAD, FITS, KEPT = 0.12, 0.04, 1000


@dataclass(frozen=True, slots=True)
class FittedLaw:
    """A law of service times; `distance` is the largest difference of both distribution functions, from 0 to 1."""

    law: ServiceTime
    distance: float


def fitted_law(service_s: Floats) -> FittedLaw:
    """The law of at least one service time above 0.

    It is fixed when p5 and p99 are at most 12% of the median apart. Else it is the law with the smallest distance by
    Kolmogorov and Smirnov, if that is at most 0.04; else a thousand of the measured times in equal steps of their
    rank.
    """
    ordered = np.sort(service_s[service_s > 0])
    median_s = quantile_of(ordered, 0.5)
    if quantile_of(ordered, 0.99) - quantile_of(ordered, 0.05) <= FIXED_SPREAD * median_s:
        return FittedLaw(FixedTime(value_s=_digits(median_s)), 0.0)
    mean_s, sigma = float(ordered.mean()), float(np.log(ordered).std())
    fits = [
        FittedLaw(
            ExponentialTime(distribution="exponential", mean_s=_digits(mean_s)),
            float(kstest(ordered, expon(scale=mean_s).cdf).statistic),
        ),
        FittedLaw(
            LognormalTime(distribution="lognormal", median_s=_digits(median_s), sigma=_digits(sigma)),
            float(kstest(ordered, lognorm(sigma, scale=median_s).cdf).statistic),
        ),
    ]
    best = min(fits, key=lambda fit: fit.distance)
    if best.distance <= FITS:
        return best
    shares = (np.arange(min(KEPT, len(ordered))) + 0.5) / min(KEPT, len(ordered))
    kept = tuple(_digits(quantile_of(ordered, float(share))) for share in shares)
    return FittedLaw(EmpiricalTime(distribution="empirical", values_s=kept), 0.0)


def _digits(value: float) -> float:
    """Four significant digits: more than the data hold."""
    return float(f"{value:.4g}")
