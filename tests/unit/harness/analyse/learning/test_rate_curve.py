"""The curve of rates has the steps that chance does not explain, and says how arrivals lie within them."""

from __future__ import annotations

import numpy as np
import pytest

from harness.analyse.learning.rate_curve import rate_curve
from harness.analyse.stats.effective_size import Floats


def poisson(rate_per_s: float, seconds: float, seed: int = 0) -> Floats:
    rng = np.random.default_rng(seed)
    return np.cumsum(rng.exponential(1 / rate_per_s, int(rate_per_s * seconds)))


def test_a_constant_rate_is_one_level() -> None:
    found = rate_curve(poisson(100, 60))

    assert len(set(found.rates_per_s)) == 1
    assert found.rates_per_s[0] == pytest.approx(100, rel=0.05)
    assert found.arrivals == "poisson"


def test_the_mean_rate_has_an_interval_around_it() -> None:
    mean = rate_curve(poisson(100, 60)).mean

    assert (mean.low or 0) < 100 < (mean.high or 0)


def test_a_step_of_the_rate_is_where_it_is() -> None:
    found = rate_curve(np.concatenate([poisson(50, 30), 30 + poisson(150, 30, 1)]))

    levels = list(dict.fromkeys(found.rates_per_s))
    low, high = found.rates_per_s[0], found.rates_per_s[-1]
    assert len(levels) <= 3
    assert (low, high) == pytest.approx((50, 150), rel=0.08)
    assert found.rates_per_s.index(high) * found.step_s == pytest.approx(30, abs=2 * found.step_s)


def test_the_curve_has_as_many_arrivals_as_were_seen() -> None:
    at_s = np.concatenate([poisson(50, 30), 30 + poisson(150, 30, 1)])
    found = rate_curve(at_s)

    assert sum(found.rates_per_s) * found.step_s == pytest.approx(len(at_s), rel=0.02)


def test_evenly_spaced_arrivals_are_paced() -> None:
    found = rate_curve(np.arange(3000) / 50.0)

    assert (found.arrivals, found.dispersion < 0.2) == ("constant", True)


def test_arrivals_in_short_bursts_are_bursty() -> None:
    starts_s = poisson(10, 60)
    found = rate_curve(np.sort(np.concatenate([starts_s + 0.001 * k for k in range(10)])))

    assert found.arrivals == "bursty"
    assert found.dispersion > 5


def test_a_silent_stretch_has_the_least_rate() -> None:
    found = rate_curve(np.concatenate([poisson(100, 20), 60 + poisson(100, 20, 1)]))

    assert min(found.rates_per_s) == 0.001
