"""Which trial comes next: pure arithmetic from the trials made so far, so that a search resumes where it stopped.

Calibrate at a low rate, double it until the SLO breaks, then probe at the median of the posterior, every third time at
its 30% quantile. When the median is near enough to the 5% quantile, try rates below it, and confirm it with a run of
the horizon, which updates the posterior; only a rate that was itself tried and is safe with 95% is ever claimed. With
`Pace.within`, both continue until the median is that near to the claimed rate, or `most_s` of load have been used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from harness.analyse.range.boundary import Posterior, posterior
from harness.analyse.range.monotone import Doubt, doubt, untried_below
from harness.model.range import HORIZON_S, Probe, Purpose, Trial

RISK, CLAIMED_AT = 0.05, 0.1
GROWTH, LEAST_GROWTH, RETREAT = 2.0, 1.1, 0.4
SURE = 0.8
CLOSER = 1.02
MARGIN, LOWER, STEEPEST = 0.7, (0.95, 0.75), 0.7
INVALID_TRIES = 3


@dataclass(frozen=True, slots=True)
class Pace:
    """Where a search begins and how long its trials take, in seconds of counted load after `warmup_s`.

    At low rates trials are longer, up to `longest_s`, so that they have some hundred calls. `horizon_s` is how long a
    confirming run takes, and so for which stretch of time a claim stands. A search continues beyond
    its first claim while the likely boundary is more than the share `within` above it and `most_s` of load remain; 0
    ends it at the first claim.
    """

    first_rate_per_s: float
    ceiling_per_s: float = 1e6
    warmup_s: float = 1.0
    bracket_s: float = 3.0
    below_s: float = 1.5
    bisect_s: float = 10.0
    horizon_s: float = HORIZON_S
    longest_s: float = 60.0
    near: float = 1.06
    bisects: int = 2
    confirms: int = 3
    confirm_at: float = 0.12
    retreats: int = 3
    most_invalid: int = 12
    within: float = 0.0
    most_s: float = 180.0


@dataclass(frozen=True, slots=True)
class Found:
    """The end of a search.

    `bounded`: safe up to `rate_per_s`, and not far beyond. `open`: safe there, and no higher rate could be tried.
    `none`: not safe at any rate that was tried. `unsettled`: no rate could be confirmed. `non-monotone`: the SLO breaks
    at `rate_per_s`, and holds at a higher rate.
    """

    kind: Literal["bounded", "open", "none", "unsettled", "non-monotone"]
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
    doubtful = doubt(valid)
    if doubtful is not None:
        return _resolved(doubtful, pace)
    estimate = posterior(valid)
    if _confirming(valid):
        return _after_confirming(valid, estimate, pace, ceiling)
    return _bracket(valid, estimate, pace, ceiling) or _bisect(valid, estimate, pace, ceiling)


def claimed(trials: Sequence[Trial], horizon_s: float = HORIZON_S) -> float:
    """The highest rate that confirming runs of the horizon have shown to be safe with 95%, else 0.

    They must use clearly less than the bad calls that are allowed, because the posterior knows bursts only as far as it
    has seen them; with that, `CLAIMED_AT` of the posterior below the rate makes 95% of the claims safe (by simulation).
    """
    valid = [trial for trial in trials if not trial.invalid and trial.purpose != "trigger"]
    rates = [rate for rate in _confirmed(valid) if _confirmed_s(valid, rate) >= horizon_s]
    if not rates:
        return 0.0
    estimate = posterior(valid)
    return max((rate for rate in rates if estimate.below(rate) <= CLAIMED_AT), default=0.0)


def _confirmed_s(trials: Sequence[Trial], rate_per_s: float) -> float:
    return sum(t.counted_s for t in _confirming(trials) if t.rate_per_s == rate_per_s)


def _confirmed(trials: Sequence[Trial]) -> list[float]:
    """Rates of confirming runs whose bad calls stay clearly below what is allowed, and whose backlogs drain."""
    most = drained_per_s(trials)
    rates = {t.rate_per_s for t in _confirming(trials)}
    return [rate for rate in rates if rate <= most and _used(trials, rate) <= MARGIN]


def _confirming(trials: Sequence[Trial]) -> list[Trial]:
    return [trial for trial in trials if trial.purpose == "confirm"]


def _used(trials: Sequence[Trial], rate_per_s: float) -> float:
    """The share of the allowed bad calls that the confirming runs at a rate have used."""
    same = [t for t in _confirming(trials) if t.rate_per_s == rate_per_s]
    return sum(t.n * t.bad_ratio / t.allowed_ratio for t in same) / max(1, sum(t.n for t in same))


def drained_per_s(trials: Sequence[Trial]) -> float:
    """The rate at which a backlog was served, at most, within two standard deviations; infinite without a backlog.

    At a higher rate a backlog does not drain, whatever caused it. It is below the rates that hold where the upstream is
    slower under a backlog than without one.
    """
    served = [t.served_per_s + 2 * (t.served_per_s / (t.load_s / 2)) ** 0.5 for t in trials if t.served_per_s]
    return min(served, default=float("inf"))


def _resolved(doubtful: Doubt, pace: Pace) -> Probe | Found:
    """The end where a lower rate breaks for certain, else the same rate again, for longer."""
    if doubtful.certain or doubtful.tried_s >= HORIZON_S:
        return Found("non-monotone", doubtful.rate_per_s)
    again_s = min(max(pace.bisect_s, doubtful.tried_s), HORIZON_S)
    return Probe(purpose="repeat", rate_per_s=doubtful.rate_per_s, warmup_s=pace.warmup_s, counted_s=again_s)


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
        return _probe("bracket", higher, pace) if higher else _confirm(highest, trials, pace)
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
        return _confirm(estimate.quantile(pace.confirm_at), trials, pace)
    return _probe("bisect", rate, pace)


def _after_confirming(trials: list[Trial], estimate: Posterior, pace: Pace, ceiling: float) -> Probe | Found:
    rate = claimed(trials)
    if not rate:
        return _confirm_lower(trials, estimate, pace)
    closer = _closer(trials, estimate, rate, pace, ceiling)
    if closer is not None:
        return closer
    if _confirmed_s(trials, rate) < pace.horizon_s:
        return _probe("confirm", rate, pace).model_copy(update={"counted_s": pace.horizon_s})
    open_ended = estimate.below(min(ceiling, rate * GROWTH)) < SURE
    return Found("open" if open_ended else "bounded", rate)


def _confirm_lower(trials: list[Trial], estimate: Posterior, pace: Pace) -> Probe | Found:
    """A lower rate than those that confirming runs have not shown to be safe; the end after `Pace.confirms` of them.

    A run that broke widens the posterior, but proves little about rates far below it: so the posterior lowers the rate
    to the share `STEEPEST` at most, except for the last confirming run.
    """
    failed = {t.rate_per_s for t in _confirming(trials)}
    if len(failed) >= pace.confirms:
        return Found("unsettled", 0.0)
    highest = min(failed) * LOWER[min(len(failed), len(LOWER)) - 1]
    lowest = min(failed) * STEEPEST if len(failed) < pace.confirms - 1 else 0.0
    return _confirm(min(highest, max(lowest, estimate.quantile(RISK))), trials, pace)


def _closer(
    trials: list[Trial], estimate: Posterior, rate: float, pace: Pace, ceiling: float
) -> Probe | None:
    """One more trial while the boundary is likely to be further above the claim than `within`, and load remains."""
    likely, safer = estimate.quantile(0.5), estimate.quantile(RISK)
    if not pace.within or likely <= rate * (1 + pace.within) or likely >= ceiling:
        return None
    left_s = pace.most_s - sum(trial.load_s for trial in trials)
    confirm, bisect = _confirm(safer, trials, pace), _probe("bisect", likely, pace)
    if safer > rate * CLOSER and left_s >= _load_s(confirm):
        return confirm
    return bisect if left_s >= _load_s(bisect) + _load_s(confirm) else None


def _load_s(probe: Probe) -> float:
    return probe.warmup_s + probe.counted_s


def _confirm(rate_per_s: float, trials: Sequence[Trial], pace: Pace) -> Probe:
    """A rate below it that was not tried yet, then the confirming run."""
    rate_per_s = min(rate_per_s, drained_per_s(trials))
    return lower_probe(rate_per_s, trials, pace) or _probe("confirm", rate_per_s, pace)


def lower_probe(rate_per_s: float, trials: Sequence[Trial], pace: Pace) -> Probe | None:
    """A short trial in the widest gap below a rate; None when the rates tried there are near enough to each other."""
    lower = untried_below(rate_per_s, trials)
    return None if lower is None else _probe("below", lower, pace)


def _probe(purpose: Purpose, rate_per_s: float, pace: Pace) -> Probe:
    counted_s, calls = {
        "bisect": (pace.bisect_s, 600),
        "confirm": (HORIZON_S, 2000),
        "below": (pace.below_s, 100),
    }.get(purpose, (pace.bracket_s, 100))
    counted_s = max(counted_s, min(calls / rate_per_s, pace.longest_s))
    warmup_s = pace.warmup_s / 2 if purpose == "below" else pace.warmup_s
    return Probe(purpose=purpose, rate_per_s=rate_per_s, warmup_s=warmup_s, counted_s=counted_s)
