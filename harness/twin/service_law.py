"""How long a worker is busy with a request: the quantile functions of mock_upstream/service_time.py, compiled."""

from __future__ import annotations

import math

import numpy as np

from harness.twin.compiled import njit
from harness.twin.world import LAWS, Floats, Records
from mock_upstream.profile import EmpiricalTime, ExponentialTime, FixedTime, LognormalTime, ServiceTime

FIXED, UNIFORM, EXPONENTIAL, LOGNORMAL, PARETO, EMPIRICAL = range(6)
_SMALLEST_U = 2.0**-54
_CENTRE = 0.02425
_A = np.array([-3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.383577518672690e2,
               -3.066479806614716e1, 2.506628277459239e0])  # fmt: skip
_B = np.array([-5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1,
               -1.328068155288572e1, 1.0])  # fmt: skip
_C = np.array([-7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838e0, -2.549732539343734e0,
               4.374664141464968e0, 2.938163982698783e0])  # fmt: skip
_D = np.array([7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996e0, 3.754408661907416e0, 1.0])


def laws(times: list[ServiceTime]) -> tuple[Records, Floats]:
    """The laws of these service times, one per route, and all measured times of the empirical ones among them."""
    found, values_s = np.zeros(len(times), LAWS), list[float]()
    for place, time in enumerate(times):
        own = time.values_s if isinstance(time, EmpiricalTime) else ()
        found[place] = (*_numbers(time), len(values_s), len(own))
        values_s += own
    return found, np.array(values_s, float)


def _numbers(time: ServiceTime) -> tuple[int, float, float]:
    if isinstance(time, FixedTime):
        return FIXED, time.value_s, 0.0
    if isinstance(time, ExponentialTime):
        return EXPONENTIAL, time.mean_s, 0.0
    if isinstance(time, LognormalTime):
        return LOGNORMAL, time.median_s, time.sigma
    if isinstance(time, EmpiricalTime):
        return EMPIRICAL, 0.0, 0.0
    if time.distribution == "uniform":
        return UNIFORM, time.low_s, time.high_s
    return PARETO, time.minimum_s, time.alpha


@njit
def work_s(law: Records, times_s: Floats, u: float) -> float:
    """The seconds that belong to the uniform number `u`."""
    kind, a, b = law.kind, law.a, law.b
    if kind == FIXED:
        return a
    if kind == UNIFORM:
        return a + (b - a) * u
    if kind == EXPONENTIAL:
        return -a * math.log1p(-u)
    if kind == LOGNORMAL:
        return a * math.exp(b * normal_quantile(max(u, _SMALLEST_U)))
    if kind == PARETO:
        return a * math.exp(-math.log1p(-u) / b)
    return times_s[law.first + int(u * law.count)]


@njit
def normal_quantile(u: float) -> float:
    """The standard normal quantile to 1e-12: Acklam's rational approximation with one step of Halley's method."""
    if u > 0.5:
        return -normal_quantile_below(1.0 - u)
    return normal_quantile_below(u)


@njit
def normal_quantile_below(u: float) -> float:
    """The standard normal quantile of a `u` in (0, 0.5]."""
    if u < _CENTRE:
        q = math.sqrt(-2.0 * math.log(u))
        x = _polynomial(_C, q) / _polynomial(_D, q)
    else:
        q = u - 0.5
        x = _polynomial(_A, q * q) * q / _polynomial(_B, q * q)
    error = 0.5 * math.erfc(-x / math.sqrt(2.0)) - u
    step = error * math.sqrt(2.0 * math.pi) * math.exp(x * x / 2.0)
    return x - step / (1.0 + x * step / 2.0)


@njit
def _polynomial(coefficients: np.ndarray[tuple[int], np.dtype[np.float64]], x: float) -> float:
    found = 0.0
    for coefficient in coefficients:
        found = found * x + coefficient
    return found
