"""From a search's trials to the conclusion: the limit, the bands, and sentences that state both."""

from __future__ import annotations

from collections.abc import Sequence

from harness.analyse.range.boundary import posterior
from harness.analyse.range.monotone import keeping, lowest_kept, surely_broken
from harness.analyse.range.step_controller import RISK, Found, claimed, drained_per_s
from harness.analyse.range.trial import first_breach
from harness.model.formatting import format_value
from harness.model.range import HORIZON_S, UNFINISHED, Band, Limit, Trial

BINDING = 1.05


def limit_of(trials: Sequence[Trial], end: Found | None, horizon_s: float = HORIZON_S) -> Limit | None:
    """The claimed limit, with the rate below which the boundary lies with 95%; None before a confirmed rate.

    What was served with a backlog does not bound that rate: the upstream may have been slow just then.
    None, too, for a non-monotone system. Before the end of a longer search it stands for the shortest horizon.
    """
    horizon_s = horizon_s if end is not None else HORIZON_S
    rate = claimed(trials, horizon_s)
    if not rate or (end is not None and end.kind == "non-monotone"):
        return None
    valid = _along(trials)
    open_ended = end is not None and end.kind == "open"
    broken = surely_broken(valid, above_per_s=rate) or rate
    high = None if open_ended else max(broken, posterior(valid, capped=False).quantile(1 - RISK))
    return Limit(
        value=rate, low=rate, high=high, horizon_s=horizon_s, drains=drained_per_s(valid) > BINDING * rate
    )


def bands_of(trials: Sequence[Trial], limit: Limit | None, recovers_up_to: float | None) -> tuple[Band, ...]:
    """The bands; `recovers_up_to` is the highest rate with recovery from the trigger, None without a test.

    They begin at the lowest rate that was tried and kept the SLO. Rates between the limit and the lowest rate known to
    break the SLO belong to no band.
    """
    found: list[Band] = []
    if limit is not None:
        lowest = lowest_kept(limit.value, _along(trials))
        if recovers_up_to is None:
            found.append(Band(name="untested", from_per_s=lowest, to_per_s=limit.value))
        else:
            if recovers_up_to > lowest:
                found.append(Band(name="stable", from_per_s=lowest, to_per_s=recovers_up_to))
            if recovers_up_to < limit.value * 0.999:
                vulnerable_from = max(lowest, recovers_up_to)
                found.append(Band(name="vulnerable", from_per_s=vulnerable_from, to_per_s=limit.value))
    broken = [t.rate_per_s for t in _along(trials) if t.breaks]
    beyond = [rate for rate in broken if limit is None or rate > limit.value]
    if limit is not None and limit.high is not None and beyond:
        found.append(Band(name="overloaded", from_per_s=limit.high, to_per_s=None))
    elif limit is None and beyond and not keeping(_along(trials), above_per_s=min(beyond)):
        found.append(Band(name="overloaded", from_per_s=min(beyond), to_per_s=None))
    return tuple(found)


def conclusion(
    end: Found | None, trials: Sequence[Trial], limit: Limit | None, recovers_up_to: float | None
) -> str:
    """The conclusion in a few sentences."""
    breach = first_breach(trials)
    first = f" First breach: {breach}." if breach else ""
    if end is None:
        return UNFINISHED
    if end.kind == "none":
        return f"No tested rate is safe. First breach: {breach}."
    if end.kind == "non-monotone":
        return _not_monotone(end.rate_per_s, trials)
    if limit is None:
        return f"No rate could be confirmed{_because(trials)}.{first}"
    return _claim(limit, trials, recovers_up_to) + _beyond(end, limit) + first * (end.kind != "open")


def _claim(limit: Limit, trials: Sequence[Trial], recovers_up_to: float | None) -> str:
    lowest, rate = (
        format_value(each, "1/s") for each in (lowest_kept(limit.value, _along(trials)), limit.value)
    )
    reach = f"from {lowest} to {rate}, confirmed for {horizon_text(limit.horizon_s)}"
    if recovers_up_to is not None and recovers_up_to < limit.value * 0.999:
        above = format_value(recovers_up_to, "1/s")
        return f"Meets the SLO {reach}, and is vulnerable above {above}: {_not_recovered(trials)}."
    return f"Stable {reach}." if recovers_up_to is not None else f"Meets the SLO {reach}."


def _beyond(end: Found, limit: Limit) -> str:
    text = ""
    if not limit.drains:
        text = " At a higher rate a backlog would not drain: the upstream serves fewer requests while it has one."
    if end.kind == "open":
        text += " No SLO breach was observed, and this machine cannot generate a higher rate."
    return text


def horizon_text(horizon_s: float | None) -> str:
    """`60 s`, `10 min`; "an unknown time" for ranges of older versions."""
    if horizon_s is None:
        return "an unknown time"
    return f"{horizon_s / 60:g} min" if horizon_s >= 120 and horizon_s % 60 == 0 else f"{horizon_s:g} s"


def _not_monotone(rate_per_s: float, trials: Sequence[Trial]) -> str:
    along = _along(trials)
    broken = [t for t in along if t.broke and t.rate_per_s == rate_per_s]
    kept = sorted({t.rate_per_s for t in keeping(along, above_per_s=rate_per_s)})
    rates = [format_value(rate, "1/s") for rate in kept]
    above = rates[0] if len(rates) == 1 else f"{', '.join(rates[:-1])} and {rates[-1]}"
    worst = broken[-1]
    return (
        f"The SLO breaks at {format_value(rate_per_s, '1/s')} ({worst.measured}; {worst.threshold}), but holds at "
        f"{above}: bad calls do not grow with the rate alone, and no range is claimed."
    )


def _along(trials: Sequence[Trial]) -> list[Trial]:
    return [t for t in trials if not t.invalid and t.purpose != "trigger"]


def _not_recovered(trials: Sequence[Trial]) -> str:
    tests = [t for t in trials if t.purpose == "trigger" and t.breaks and not t.invalid]
    lowest = min(tests, key=lambda t: t.rate_per_s)
    return f"after the trigger at {format_value(lowest.rate_per_s, '1/s')}, {lowest.measured}"


def _because(trials: Sequence[Trial]) -> str:
    invalid = [trial.invalid for trial in trials if trial.invalid]
    if not invalid:
        return ""
    return f": {len(invalid)} of {len(trials)} trials were invalid, the last because {invalid[-1]}"
