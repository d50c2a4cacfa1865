"""What a rate that was not tried would take of a resource: by a simulated queue, or by the trials around it.

Sources: the queue's recursion in `harness.analyse.stats.queueing`; B. Efron, R. Tibshirani, An Introduction to the
Bootstrap, 1993, §8.6 (blocks), for the intervals.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import numpy as np

from harness.analyse.stats.effective_size import BATCHES, Floats
from harness.analyse.stats.intervals import mean_interval
from harness.analyse.stats.quantiles import quantile_of
from harness.analyse.stats.queueing import waits_s
from harness.model.range import AtPeak

HIGH = 0.99
DRAWS, CALLS, MOST_CALLS = 40, 30_000, 200_000
RELAXATIONS, SETTLING = 20.0, 5
"""A simulated queue is as long as so many times its relaxation, and the first of `SETTLING` parts is left out."""
_SIDES = (0.025, 0.975)


def by_queue(
    service_s: Floats,
    workers: int,
    rate_per_s: float,
    other_s: float = 0.0,
    draws: int = DRAWS,
    seed: int = 1,
) -> AtPeak:
    """The p99 of calls under way at a rate, for a queue of `workers` with these service times, in order of arrival.

    `other_s` is what a call takes apart from wait and service. Each draw takes stretches of the service times with
    replacement, and arrivals of its own; the interval also covers what the mean service time leaves open.
    """
    mean_s, most_s = (
        float(service_s.mean()),
        mean_interval(service_s, np.zeros(len(service_s), np.int64)).high,
    )
    if rate_per_s * mean_s >= workers:
        return AtPeak(value=None, low=None, high=None, basis="queue", n=len(service_s))
    rng = np.random.default_rng(seed)
    calls = _calls_of(rate_per_s * (most_s or mean_s) / workers)
    found = [
        _under_way(_drawn(service_s, calls, rng), workers, rate_per_s, other_s, rng) for _ in range(draws)
    ]
    low, high = (quantile_of(np.sort([_p99(each) for each in found]), side) for side in _SIDES)
    sure = most_s is not None and rate_per_s * most_s < workers
    return AtPeak(
        value=_p99(np.concatenate(found)),
        low=low,
        high=high if sure else None,
        basis="queue",
        n=len(service_s),
    )


def _calls_of(load: float) -> int:
    """How many calls a simulated queue needs: it begins empty, and the higher the load, the longer it takes to settle.

    The relaxation takes 1/(1-√load)² services (P. M. Morse, Operations Research 3, 1955).
    """
    idle = 1 - min(load, 1.0) ** 0.5
    return int(np.clip(RELAXATIONS / max(idle, 1e-3) ** 2, CALLS, MOST_CALLS))


def _drawn(service_s: Floats, calls: int, rng: np.random.Generator) -> Floats:
    """So many service times, in stretches of a sample that might have been measured: drawn with replacement, twice."""
    stretches = np.array_split(service_s, min(BATCHES, len(service_s)))
    measured = rng.integers(0, len(stretches), len(stretches))
    drawn = rng.choice(measured, ceil(calls / len(stretches[-1])))
    return np.concatenate([stretches[i] for i in drawn])[:calls]


def _under_way(
    service_s: Floats, workers: int, rate_per_s: float, other_s: float, rng: np.random.Generator
) -> Floats:
    """How many calls each call finds under way, with Poisson arrivals."""
    arrived_s = np.cumsum(rng.exponential(1 / rate_per_s, len(service_s)))
    ended_s = np.sort(arrived_s + waits_s(arrived_s, service_s, workers) + service_s + other_s)
    found: Floats = np.arange(len(arrived_s), dtype=float) - np.searchsorted(ended_s, arrived_s, side="right")
    return found[len(found) // SETTLING :]


def by_trials(
    samples: Sequence[tuple[float, Floats]], peak_per_s: float, overloaded_per_s: float | None
) -> AtPeak | None:
    """From samples of the use, in time order, at rates that kept the SLO; None where no trial has enough of them.

    A trial of fewer than 30 samples bounds nothing: its p99 is one of few values, and hides how much they scatter.
    Between two rates the use lies above that at the lower rate and, because it grows ever faster with the rate, below
    the line between both in logarithms, which is the value. Above all rates it is at least proportional to the rate, or
    without bound from `overloaded_per_s` on.
    """
    samples = [s for s in samples if len(s[1]) >= BATCHES]
    if not samples:
        return None
    n = sum(len(values) for _, values in samples)
    below = max((s for s in samples if s[0] <= peak_per_s), key=lambda s: s[0], default=None)
    above = min((s for s in samples if s[0] >= peak_per_s), key=lambda s: s[0], default=None)
    if above is not None and below is not None:
        return _between_trials(below, above, peak_per_s, n)
    if above is not None:
        drawn = _drawn_p99(above[1])
        least, most = (quantile_of(np.sort(drawn), side) for side in _SIDES)
        low = least * peak_per_s / above[0]
        return AtPeak(value=_p99(above[1]), low=low, high=most, basis="trials", n=n)
    if overloaded_per_s is not None and overloaded_per_s <= peak_per_s:
        return AtPeak(value=None, low=None, high=None, basis="trials", n=n)
    rate_per_s, values = max(samples, key=lambda sample: sample[0])  # All lie below the peak.
    least = quantile_of(np.sort(_drawn_p99(values)), _SIDES[0]) * peak_per_s / rate_per_s
    return AtPeak(value=least, low=least, high=None, basis="trials", n=n)


def _between_trials(
    below: tuple[float, Floats], above: tuple[float, Floats], peak_per_s: float, n: int
) -> AtPeak:
    share = (
        0.0 if above[0] == below[0] else float(np.log(peak_per_s / below[0]) / np.log(above[0] / below[0]))
    )
    drawn_below, drawn_above = _drawn_p99(below[1]), _drawn_p99(above[1])
    value = float(_between(np.array([_p99(below[1])]), np.array([_p99(above[1])]), share)[0])
    low = min(value, quantile_of(np.sort(drawn_below), _SIDES[0]))
    high = quantile_of(np.sort(_between(drawn_below, drawn_above, share)), _SIDES[1])
    return AtPeak(value=value, low=low, high=high, basis="trials", n=n)


def _between(low: Floats, high: Floats, share: float) -> Floats:
    least = 1e-9
    found: Floats = np.exp(
        np.log(np.maximum(low, least)) * (1 - share) + np.log(np.maximum(high, least)) * share
    )
    return found


def _p99(values: Floats) -> float:
    return quantile_of(np.sort(values), HIGH)


def _drawn_p99(values: Floats, draws: int = 200) -> Floats:
    """The p99 under draws of the samples' stretches with replacement."""
    rng = np.random.default_rng(1)
    stretches = np.array_split(values, min(BATCHES, len(values)))
    chosen = rng.integers(0, len(stretches), (draws, len(stretches)))
    return np.array([_p99(np.concatenate([stretches[i] for i in row])) for row in chosen])
