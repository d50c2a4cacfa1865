"""Which trial comes next: pure arithmetic from the trials made so far, so that a search resumes where it stopped.

Calibrate at a low rate, double it until the SLO breaks, then probe at the median of the posterior, every third time at
its 30% quantile. When the median is near enough to the 5% quantile, a longer run confirms that one and updates the
posterior; only a rate that was itself tried and is safe with 95% is ever claimed. With `Pace.within`, both continue
until the median is that near to the claimed rate, or `most_s` of load have been used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from harness.analyse.range.boundary import Posterior, posterior
from harness.model.range import Probe, Purpose, Trial

RISK = 0.05
GROWTH, LEAST_GROWTH, RETREAT = 2.0, 1.1, 0.4
SURE = 0.8
CLOSER = 1.02
INVALID_TRIES = 3


@dataclass(frozen=True, slots=True)
class Pace:
    """Where a search begins and how long its trials take, in seconds of counted load after `warmup_s`.

    At low rates trials are longer, up to `longest_s`, so that they have some hundred calls. A search continues beyond
    its first claim while the likely boundary is more than the share `within` above it and `most_s` of load remain; 0
    ends it at the first claim.
    """

    first_rate_per_s: float
    ceiling_per_s: float = 1e6
    warmup_s: float = 1.0
    bracket_s: float = 4.0
    bisect_s: float = 10.0
    confirm_s: float = 30.0
    longest_s: float = 60.0
    near: float = 1.04
    bisects: int = 6
    confirms: int = 3
    retreats: int = 3
    most_invalid: int = 12
    within: float = 0.0
    most_s: float = 180.0


@dataclass(frozen=True, slots=True)
class Found:
    """The end of a search.

    `bounded`: safe up to `rate_per_s`, and not far beyond. `open`: safe there, and no higher rate could be tried.
    `none`: not safe at any rate that was tried. `unsettled`: no rate could be confirmed.
    """

    kind: Literal["bounded", "open", "none", "unsettled"]
    rate_per_s: float


def next_step(trials: Sequence[Trial], pace: Pace) -> Probe | Found:
    """The next trial, or the end."""
    trials = [trial for trial in trials if trial.purpose != "trigger"]
    valid = [trial for trial in trials if not trial.invalid]
    ceiling = _ceiling(trials, pace)
    if len(trials) - len(valid) >= pace.most_invalid:
        return Found("unsettled", 0.0)
    if not valid:
        slower = 2.0 ** (len(trials) // INVALID_TRIES)
        return _probe("calibrate", pace.first_rate_per_s / slower, pace)
    estimate = posterior(valid)
    if any(trial.purpose == "confirm" for trial in valid):
        return _after_confirming(valid, estimate, pace, ceiling)
    return _bracket(valid, estimate, pace, ceiling) or _bisect(valid, estimate, pace, ceiling)


def claimed(trials: Sequence[Trial]) -> float:
    """The highest rate that was tried in a confirming run and is safe with 95%, else 0."""
    valid = [trial for trial in trials if not trial.invalid and trial.purpose != "trigger"]
    tried = [t.rate_per_s for t in valid if t.purpose == "confirm" and not t.breaks]
    return max((rate for rate in tried if posterior(valid).below(rate) <= RISK), default=0.0)


def _ceiling(trials: Sequence[Trial], pace: Pace) -> float:
    """The lowest rate above the valid trials at which three trials were invalid, or the given ceiling."""
    invalid = [trial.rate_per_s for trial in trials if trial.invalid]
    valid = max((trial.rate_per_s for trial in trials if not trial.invalid), default=0.0)
    beyond = [rate for rate in invalid if rate > valid and invalid.count(rate) >= INVALID_TRIES]
    return min([pace.ceiling_per_s, *beyond])


def _bracket(trials: list[Trial], estimate: Posterior, pace: Pace, ceiling: float) -> Probe | Found | None:
    """One more step up or down until the boundary lies between two rates that were tried; None when it does."""
    highest, lowest = max(t.rate_per_s for t in trials), min(t.rate_per_s for t in trials)
    if estimate.below(highest) < SURE:
        higher = _higher(highest, pace, ceiling)
        return _probe("bracket", higher, pace) if higher else _confirm(highest, pace)
    if estimate.below(lowest) > 1 - SURE and all(t.breaks for t in trials):
        if len(trials) > pace.retreats:
            return Found("none", lowest)
        return _probe("bracket", lowest * RETREAT, pace)
    return None


def _higher(highest: float, pace: Pace, ceiling: float) -> float:
    """The next rate up: twice as high, or half-way to the ceiling; 0 when that is no step."""
    rate = min(highest * GROWTH, pace.ceiling_per_s)
    if ceiling < pace.ceiling_per_s:
        rate = min(rate, (highest * ceiling) ** 0.5)
    return rate if rate > highest * LEAST_GROWTH else 0.0


def _bisect(trials: list[Trial], estimate: Posterior, pace: Pace, ceiling: float) -> Probe:
    made = sum(trial.purpose == "bisect" for trial in trials)
    rate = estimate.quantile(0.3 if made % 3 == 2 else 0.5)
    if estimate.spread <= pace.near or made >= pace.bisects or rate >= ceiling:
        return _confirm(estimate.quantile(RISK), pace)
    return _probe("bisect", rate, pace)


def _after_confirming(trials: list[Trial], estimate: Posterior, pace: Pace, ceiling: float) -> Probe | Found:
    rate = claimed(trials)
    made = sum(trial.purpose == "confirm" for trial in trials)
    if rate:
        closer = _closer(trials, estimate, rate, pace, ceiling)
        if closer is not None:
            return closer
        open_ended = estimate.below(min(ceiling, rate * GROWTH)) < SURE
        return Found("open" if open_ended else "bounded", rate)
    if made >= pace.confirms:
        return Found("unsettled", 0.0)
    return _confirm(estimate.quantile(RISK / (1 + made)), pace)


def _closer(
    trials: list[Trial], estimate: Posterior, rate: float, pace: Pace, ceiling: float
) -> Probe | None:
    """One more trial while the boundary is likely to be further above the claim than `within`, and load remains."""
    likely, safer = estimate.quantile(0.5), estimate.quantile(RISK)
    if not pace.within or likely <= rate * (1 + pace.within) or likely >= ceiling:
        return None
    left_s = pace.most_s - sum(trial.load_s for trial in trials)
    confirm, bisect = _confirm(safer, pace), _probe("bisect", likely, pace)
    if safer > rate * CLOSER and left_s >= _load_s(confirm):
        return confirm
    return bisect if left_s >= _load_s(bisect) + _load_s(confirm) else None


def _load_s(probe: Probe) -> float:
    return probe.warmup_s + probe.counted_s


def _confirm(rate_per_s: float, pace: Pace) -> Probe:
    return _probe("confirm", rate_per_s, pace)


def _probe(purpose: Purpose, rate_per_s: float, pace: Pace) -> Probe:
    counted_s, calls = {
        "bisect": (pace.bisect_s, 600),
        "confirm": (pace.confirm_s, 2000),
    }.get(purpose, (pace.bracket_s, 100))
    counted_s = max(counted_s, min(calls / rate_per_s, pace.longest_s))
    return Probe(purpose=purpose, rate_per_s=rate_per_s, warmup_s=pace.warmup_s, counted_s=counted_s)
