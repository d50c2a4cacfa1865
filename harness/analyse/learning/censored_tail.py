"""Percentiles of response times of which some are only known to be longer: those that ended in a timeout."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import CensoredData, ecdf

from harness.analyse.stats.effective_size import Floats
from harness.analyse.stats.intervals import quantile_interval
from harness.model.quantile import share_of
from harness.model.verdict import Measurement


def percentile(name: str, statistic: str, response_s: Floats, censored: NDArray[np.bool_]) -> Measurement:
    """A percentile such as `p99` of response times, shape (n,) in order of arrival, by the Kaplan–Meier estimator.

    `censored` marks those that lasted longer than the time that is given. `value` is None where the percentile lies
    beyond the last time that was observed whole; `low` is that time then, and `high` None. The interval is that of
    dependent samples, in which a censored time is infinite.
    """
    share, phases = share_of(statistic), np.zeros(len(response_s), dtype=np.int64)
    bounds = quantile_interval(np.where(censored, np.inf, response_s), phases, share)
    value = _kaplan_meier(response_s, censored, share)
    if value is None:
        whole = response_s[~censored]
        last_s = float(whole.max()) if len(whole) else 0.0
        return Measurement(name=name, value=None, unit="s", n=len(response_s), low=last_s, high=None)
    low = value if bounds.low is None else min(bounds.low, value)
    high = None if bounds.high is None else max(bounds.high, value)
    return Measurement(name=name, value=value, unit="s", n=len(response_s), low=low, high=high)


def _kaplan_meier(response_s: Floats, censored: NDArray[np.bool_], share: float) -> float | None:
    """The first time at which the estimated distribution function reaches the share; None where it never does."""
    if not censored.any():
        data = CensoredData(uncensored=response_s)
    else:
        data = CensoredData(uncensored=response_s[~censored], right=response_s[censored])
    if not len(response_s[~censored]):
        return None
    found = ecdf(data).cdf
    reached = np.flatnonzero(found.probabilities >= share - 1e-12)
    return float(found.quantiles[reached[0]]) if len(reached) else None
