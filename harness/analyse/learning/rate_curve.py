"""The rate of arrivals over time, and whether they come as a Poisson process between its steps."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from typing import Literal

import numpy as np
from scipy.stats import chi2

from harness.analyse.stats.effective_size import Floats
from harness.analyse.stats.intervals import rate_interval
from harness.model.verdict import Measurement

MOST_STEPS, ARRIVALS_PER_STEP, LEAST_STEP_S, LEAST_RATE_PER_S = 60, 200, 1.0, 0.001
CELLS_PER_STEP, PACED, BURSTY, SIGNIFICANT, DIFFERENT = 10, 0.5, 1.3, 0.001, 3.0

Arrivals = Literal["poisson", "constant", "bursty"]


@dataclass(frozen=True, slots=True)
class RateCurve:
    """The mean rate, the rate of each step of `step_s` seconds, and how arrivals lie within the steps.

    `dispersion` is the variance of counts within a step over their mean: 1 for a Poisson process, less for paced
    arrivals, more for bursts that the steps do not show.
    """

    mean: Measurement
    rates_per_s: tuple[float, ...]
    step_s: float
    dispersion: float
    arrivals: Arrivals


def rate_curve(arrived_s: Floats) -> RateCurve:
    """The curve of arrivals in ascending order; at least two. A step has about 200 arrivals or more."""
    begin_s, span_s = float(arrived_s[0]), float(arrived_s[-1] - arrived_s[0])
    steps = int(np.clip(min(len(arrived_s) // ARRIVALS_PER_STEP, span_s // LEAST_STEP_S), 1, MOST_STEPS))
    step_s = ceil(span_s / steps * 1000) / 1000
    cells = steps * CELLS_PER_STEP
    cell_s = step_s / CELLS_PER_STEP
    counts = np.bincount(
        ((arrived_s - begin_s) / cell_s).astype(np.int64).clip(0, cells - 1), minlength=cells
    )
    by_step = counts.reshape(steps, CELLS_PER_STEP).astype(np.float64)
    rates = np.maximum(_smoothed(by_step.sum(axis=1)) / step_s, LEAST_RATE_PER_S)
    mean = _mean(counts.astype(np.float64), cell_s, len(arrived_s) / span_s)
    dispersion, kind = _dispersion(by_step)
    return RateCurve(mean, tuple(round(float(rate), 3) for rate in rates), step_s, dispersion, kind)


def scraped_curve(counts: Floats, scrape_s: float) -> RateCurve:
    """The curve of the counts between scrapes, shape (n,) with n ≥ 1; how arrivals lie between scrapes is not known.

    A step has about 200 arrivals or more, and `arrivals` is `poisson`.
    """
    steps = int(np.clip(counts.sum() // ARRIVALS_PER_STEP, 1, min(MOST_STEPS, len(counts))))
    size = ceil(len(counts) / steps)
    whole = counts[len(counts) % size :].reshape(-1, size)
    step_s = round(size * scrape_s, 3)
    rates = np.maximum(_smoothed(whole.sum(axis=1)) / step_s, LEAST_RATE_PER_S)
    mean = _mean(counts, scrape_s, float(counts.sum()) / (len(counts) * scrape_s))
    dispersion = _dispersion(whole)[0] if size > 1 else 1.0
    return RateCurve(mean, tuple(round(float(rate), 3) for rate in rates), step_s, dispersion, "poisson")


def _mean(counts: Floats, cell_s: float, value: float) -> Measurement:
    bounds = rate_interval(counts, np.zeros(len(counts), dtype=np.int64), cell_s)
    n = round(float(counts.sum()))
    return Measurement(name="arrivals", value=value, unit="1/s", n=n, low=bounds.low, high=bounds.high)


def _smoothed(counts: Floats) -> Floats:
    """The counts with the mean of a stretch in place of its steps, where chance explains how these differ.

    Neighbouring stretches are joined, the most similar ones first, until all differ by more than 3 standard
    deviations.
    """
    stretches = [(float(count), 1) for count in counts]
    while len(stretches) > 1:
        apart = [_apart(*pair) for pair in pairwise(stretches)]
        i = int(np.argmin(apart))
        if apart[i] > DIFFERENT:
            break
        (a, m), (b, n) = stretches[i : i + 2]
        stretches[i : i + 2] = [(a + b, m + n)]
    return np.concatenate([np.full(steps, count / steps) for count, steps in stretches])


def _apart(one: tuple[float, int], other: tuple[float, int]) -> float:
    """How many standard deviations the rates of two stretches differ, as (arrivals, steps), if both are Poisson."""
    (a, m), (b, n) = one, other
    rate = (a + b) / (m + n)
    return abs(a / m - b / n) / float(np.sqrt(rate * (1 / m + 1 / n))) if rate else 0.0


def _dispersion(by_step: Floats) -> tuple[float, Arrivals]:
    """The index of dispersion within steps, with its test (R. A. Fisher, 1925), and what it says."""
    means = by_step.mean(axis=1, keepdims=True)
    used = by_step[means[:, 0] > 0]
    if not len(used):
        return 1.0, "poisson"
    squares = float(((used - used.mean(axis=1, keepdims=True)) ** 2 / used.mean(axis=1, keepdims=True)).sum())
    freedom = len(used) * (by_step.shape[1] - 1)
    index = squares / freedom
    if index < PACED and chi2.cdf(squares, freedom) < SIGNIFICANT:
        return index, "constant"
    if index > BURSTY and chi2.sf(squares, freedom) < SIGNIFICANT:
        return index, "bursty"
    return index, "poisson"
