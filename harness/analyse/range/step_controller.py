"""Which trial comes next: pure arithmetic from the trials made so far, so that a search resumes where it stopped.

Calibrate at a low rate, double until the SLO breaks, then ask where belief is split: at its median, every third time
at its 30% quantile. When the median is near enough to the 5% quantile, a longer run confirms that one; what it says
joins the belief, and only a rate that was itself tried and is safe with 95% is ever claimed. Who asks for a closer
claim (`Pace.within`) gets more of both until the median is that near to what is claimed, or the load is spent.
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
VOIDS = 3


@dataclass(frozen=True, slots=True)
class Pace:
    """Where a search begins and how long its trials take, in seconds of counted load after `warmup_s`.

    At low rates trials are longer, up to `longest_s`, so that they see some hundred calls. A search goes on beyond its
    first claim while the likely boundary is more than the share `within` above it, and `most_s` of load last; 0 asks
    for no more.
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
    voids: int = 12
    within: float = 0.0
    most_s: float = 180.0


@dataclass(frozen=True, slots=True)
class Found:
    """The end of a search.

    `bounded`: safe up to `rate_per_s`, and not far beyond. `open`: safe there, and nothing faster could be tried.
    `none`: not safe at any rate that was tried. `unsettled`: no rate could be confirmed.
    """

    kind: Literal["bounded", "open", "none", "unsettled"]
    rate_per_s: float


def next_step(trials: Sequence[Trial], pace: Pace) -> Probe | Found:
    """The next trial, or the end."""
    trials = [trial for trial in trials if trial.purpose != "trigger"]
    sound = [trial for trial in trials if not trial.invalid]
    ceiling = _ceiling(trials, pace)
    if len(trials) - len(sound) >= pace.voids:
        return Found("unsettled", 0.0)
    if not sound:
        slower = 2.0 ** (len(trials) // VOIDS)
        return _probe("calibrate", pace.first_rate_per_s / slower, pace)
    belief = posterior(sound)
    if any(trial.purpose == "confirm" for trial in sound):
        return _after_confirming(sound, belief, pace, ceiling)
    return _bracket(sound, belief, pace, ceiling) or _bisect(sound, belief, pace, ceiling)


def claimed(trials: Sequence[Trial]) -> float:
    """The highest rate that was tried in a confirming run and is safe with 95%, else 0."""
    sound = [trial for trial in trials if not trial.invalid and trial.purpose != "trigger"]
    tried = [t.rate_per_s for t in sound if t.purpose == "confirm" and not t.breaks]
    return max((rate for rate in tried if posterior(sound).below(rate) <= RISK), default=0.0)


def _ceiling(trials: Sequence[Trial], pace: Pace) -> float:
    """The lowest rate beyond the sound ones at which the machine was thrice too slow for a trial, or the given one."""
    void = [trial.rate_per_s for trial in trials if trial.invalid]
    sound = max((trial.rate_per_s for trial in trials if not trial.invalid), default=0.0)
    beyond = [rate for rate in void if rate > sound and void.count(rate) >= VOIDS]
    return min([pace.ceiling_per_s, *beyond])


def _bracket(trials: list[Trial], belief: Posterior, pace: Pace, ceiling: float) -> Probe | Found | None:
    """One more step up or down until the boundary lies between two rates that were tried; None when it does."""
    highest, lowest = max(t.rate_per_s for t in trials), min(t.rate_per_s for t in trials)
    if belief.below(highest) < SURE:
        higher = _higher(highest, pace, ceiling)
        return _probe("bracket", higher, pace) if higher else _confirm(highest, pace)
    if belief.below(lowest) > 1 - SURE and all(t.breaks for t in trials):
        if len(trials) > pace.retreats:
            return Found("none", lowest)
        return _probe("bracket", lowest * RETREAT, pace)
    return None


def _higher(highest: float, pace: Pace, ceiling: float) -> float:
    """The next rate up: twice as high, or half-way to what the machine can't push; 0 when that is no step at all."""
    rate = min(highest * GROWTH, pace.ceiling_per_s)
    if ceiling < pace.ceiling_per_s:
        rate = min(rate, (highest * ceiling) ** 0.5)
    return rate if rate > highest * LEAST_GROWTH else 0.0


def _bisect(trials: list[Trial], belief: Posterior, pace: Pace, ceiling: float) -> Probe:
    made = sum(trial.purpose == "bisect" for trial in trials)
    rate = belief.quantile(0.3 if made % 3 == 2 else 0.5)
    if belief.spread <= pace.near or made >= pace.bisects or rate >= ceiling:
        return _confirm(belief.quantile(RISK), pace)
    return _probe("bisect", rate, pace)


def _after_confirming(trials: list[Trial], belief: Posterior, pace: Pace, ceiling: float) -> Probe | Found:
    rate = claimed(trials)
    made = sum(trial.purpose == "confirm" for trial in trials)
    if rate:
        closer = _closer(trials, belief, rate, pace, ceiling)
        if closer is not None:
            return closer
        open_ended = belief.below(min(ceiling, rate * GROWTH)) < SURE
        return Found("open" if open_ended else "bounded", rate)
    if made >= pace.confirms:
        return Found("unsettled", 0.0)
    return _confirm(belief.quantile(RISK / (1 + made)), pace)


def _closer(trials: list[Trial], belief: Posterior, rate: float, pace: Pace, ceiling: float) -> Probe | None:
    """A trial more, where the boundary is likely to be further above the claim than was asked for, and load is left."""
    likely, safer = belief.quantile(0.5), belief.quantile(RISK)
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
