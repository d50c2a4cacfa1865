"""The estimate of the boundary from trials: the arrival rate at which an SLO begins to break.

The share of bad calls is taken to grow with the rate as logit p(r) = logit(allowed) + slope · ln(r / boundary).
The posterior is a grid over (boundary, slope). A trial of n calls, of which a share f was bad, and which are worth m
independent ones, multiplies it by (p^f · (1-p)^(1-f))^m: the likelihood of its calls divided by their design effect
(L. Kish, Survey Sampling, 1965, §8.2).

A short trial cannot measure its own design effect: one without a burst looks independent, and would be weighted most
when it is most misleading. Queueing theory gives the length of bursts: in heavy traffic the wait exceeds L with
probability exp(-2(1-ρ)·L·C/V), and calls are correlated for V/(C(1-ρ)²) seconds, with capacity C and variability V
(J. F. C. Kingman, 1961; W. Whitt, Management Science 35, 1989). Where 1% exceed L this makes the slope about 4.6/(1-ρ)
and the design effect about r·L/(1-ρ), so the posterior of the slope determines what a trial is worth (`worth`).

A trial with a backlog throughout shows the capacity, which the boundary cannot exceed (`within_capacity`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit, ndtr

from harness.analyse.stats.effective_size import Floats
from harness.model.range import Trial

STEP = 0.005
REACH = 6.0
SLOPES: Floats = np.geomspace(1.0, 400.0, 24)
PASSES = 3
_LEAST_BAD, _MOST_BAD = 0.002, 0.95
_WORTH_OF_BREAKING, _WORTH_OF_CALM = 3.0, 1.0
_INFORMED, _SCALE, _FACTOR = 0.7, 1.3, 0.6
_CLUSTER = 0.87
_MOST_OF_BURSTS = 0.2
_BEYOND = 0.02


@dataclass(frozen=True, slots=True)
class Posterior:
    """Where the boundary may be: `rates_per_s` ascending, shape (b,), with the probability of each in `chances`."""

    rates_per_s: Floats
    chances: Floats
    slope: float

    def quantile(self, share: float) -> float:
        """The rate below which the boundary lies with probability `share`."""
        return float(np.interp(share, np.cumsum(self.chances), self.rates_per_s))

    def below(self, rate_per_s: float) -> float:
        """The probability that the boundary lies below this rate, so that the rate is not safe."""
        return float(np.interp(rate_per_s, self.rates_per_s, np.cumsum(self.chances), left=0.0, right=1.0))

    @property
    def spread(self) -> float:
        """How many times the 5% quantile the median is; 1.0 without uncertainty."""
        return self.quantile(0.5) / self.quantile(0.05)


def posterior(trials: Sequence[Trial], *, capped: bool = True) -> Posterior:
    """The posterior of valid trials, at least one; the prior is uniform over the logarithm of the rates within reach.

    The reach goes from a sixth of the lowest rate tried to six times the highest; few of the `capped` prior lie beyond
    what was served with a backlog.
    """
    rates = [trial.rate_per_s for trial in trials]
    ends = np.log(min(rates) / REACH), np.log(max(rates) * REACH)
    grid = np.linspace(*ends, int((ends[1] - ends[0]) / STEP) + 2)
    shapes = [_log_likelihood(trial, grid) for trial in trials]
    worths = [trial.effective_n for trial in trials]
    prior, lasts_s = _slopes_before(trials)[:, None], burst_s(trials)
    if capped:
        prior = prior + within_capacity(trials, grid)
    for _ in range(PASSES):
        weight = prior + sum(m * shape for m, shape in zip(worths, shapes, strict=True))
        chances = np.exp(weight - weight.max())
        chances /= chances.sum()
        slope = float(np.exp(chances.sum(axis=1) @ np.log(SLOPES)))
        boundary = float(np.exp(chances.sum(axis=0) @ grid))
        worths = [worth(trial, boundary, slope, lasts_s) for trial in trials]
    return Posterior(np.exp(grid), chances.sum(axis=0), slope)


def burst_s(trials: Sequence[Trial]) -> float:
    """How long bursts of bad calls last, in seconds, from all trials that had some, weighted by their bad calls.

    The design effect of a trial is the number of calls in a burst. A trial without a burst cannot measure it.
    """
    seen = [t for t in trials if 0 < t.seen <= _MOST_OF_BURSTS and t.effective_n > 0]
    bad = sum(t.n * t.seen for t in seen)
    lasting = sum(t.n * t.seen * t.n / t.effective_n / t.rate_per_s for t in seen)
    return lasting / bad if bad else 0.0


def worth(trial: Trial, boundary_per_s: float, slope: float, lasts_s: float = 0.0) -> float:
    """How many independent calls a trial is worth, for one boundary and slope, and bursts that last so long.

    As many as its own batches show, no more than it has time for bursts, and no more than queueing theory allows: its
    design effect is 0.87·r·L·g/(1-ρ)², with ρ = (1-g)·r/boundary and g = 1-ρ at the boundary, ln(1/allowed)/slope.
    """
    idle = _idle(trial.allowed_ratio, slope)
    now = max(idle / 2, 1 - (1 - idle) * trial.rate_per_s / boundary_per_s)
    effect = max(1.0, _CLUSTER * trial.rate_per_s * trial.limit_s * idle / now**2, trial.rate_per_s * lasts_s)
    least = _WORTH_OF_BREAKING if trial.breaks else _WORTH_OF_CALM
    return max(min(trial.effective_n, trial.n / effect), min(least, trial.effective_n))


def _idle(allowed: float, slope: float) -> float:
    """The share of a queue's capacity that is idle at the boundary."""
    return float(-np.log(allowed) / (slope - np.log(allowed)))


def _slopes_before(trials: Sequence[Trial]) -> Floats:
    """Log-probabilities of the slopes before any trial: queues have about 2·L·C/V, other systems can have any slope."""
    centre = (
        _SCALE * float(np.median([trial.limit_s for trial in trials])) * max(t.rate_per_s for t in trials)
    )
    near = np.exp(-0.5 * (np.log(SLOPES / max(centre, SLOPES[0])) / _FACTOR) ** 2)
    found: Floats = np.log(_INFORMED * near / near.sum() + (1 - _INFORMED) / len(SLOPES))
    return found


def within_capacity(trials: Sequence[Trial], grid: Floats) -> Floats:
    """The log-probability that boundaries, logarithms of rates, lie below what was served per second with a backlog.

    What was served is known with the error of a count. A share `_BEYOND` may lie above it all the same, because some
    upstreams are slower with a backlog than without one.
    """
    rates, found = np.exp(grid), np.zeros(len(grid))
    for trial in trials:
        if trial.served_per_s:
            error = (trial.served_per_s / (trial.load_s / 2)) ** 0.5
            found += np.log(_BEYOND + (1 - _BEYOND) * ndtr((trial.served_per_s - rates) / error))
    return found


def _log_likelihood(trial: Trial, grid: Floats) -> Floats:
    """Of one independent call, shape (slopes, boundaries). A few are bad, or good, at any rate."""
    allowed = trial.allowed_ratio
    chance = expit(logit(allowed) + SLOPES[:, None] * (np.log(trial.rate_per_s) - grid))
    least = min(_LEAST_BAD, allowed / 5)
    chance = least + (_MOST_BAD - least) * chance
    bad = trial.bad_ratio
    found: Floats = bad * np.log(chance) + (1 - bad) * np.log1p(-chance)
    return found
