"""From a search's trials to the conclusion: the limit, the bands, and sentences that state both."""

from __future__ import annotations

from collections.abc import Sequence

from harness.analyse.range.boundary import posterior
from harness.analyse.range.step_controller import RISK, Found, claimed
from harness.analyse.range.trial import first_breach
from harness.model.formatting import format_value
from harness.model.range import UNFINISHED, Band, Limit, Trial


def limit_of(trials: Sequence[Trial], end: Found | None) -> Limit | None:
    """The claimed limit, with the rate below which the boundary lies with 95%; None before a confirmed rate."""
    rate = claimed(trials)
    if not rate:
        return None
    valid = [t for t in trials if not t.invalid and t.purpose != "trigger"]
    open_ended = end is not None and end.kind == "open"
    return Limit(value=rate, low=rate, high=None if open_ended else posterior(valid).quantile(1 - RISK))


def bands_of(trials: Sequence[Trial], limit: Limit | None, recovers_up_to: float | None) -> tuple[Band, ...]:
    """The bands from 0 up; `recovers_up_to` is the highest rate with recovery from the trigger, None without a test.

    Rates between the limit and the lowest rate known to break the SLO belong to no band.
    """
    found: list[Band] = []
    if limit is not None:
        if recovers_up_to is None:
            found.append(Band(name="untested", from_per_s=0.0, to_per_s=limit.value))
        else:
            if recovers_up_to > 0:
                found.append(Band(name="stable", from_per_s=0.0, to_per_s=recovers_up_to))
            if recovers_up_to < limit.value * 0.999:
                found.append(Band(name="vulnerable", from_per_s=recovers_up_to, to_per_s=limit.value))
    broken = [t.rate_per_s for t in trials if t.breaks and not t.invalid and t.purpose != "trigger"]
    beyond = [rate for rate in broken if limit is None or rate > limit.value]
    if limit is not None and limit.high is not None and beyond:
        found.append(Band(name="overloaded", from_per_s=limit.high, to_per_s=None))
    elif limit is None and beyond:
        found.append(Band(name="overloaded", from_per_s=min(beyond), to_per_s=None))
    return tuple(found)


def conclusion(
    end: Found | None, trials: Sequence[Trial], limit: Limit | None, recovers_up_to: float | None
) -> str:
    """The conclusion in one or two sentences."""
    breach = first_breach(trials)
    first = f" First breach: {breach}." if breach else ""
    if end is None:
        return UNFINISHED
    if end.kind == "none":
        return f"No tested rate is safe. First breach: {breach}."
    if limit is None:
        return f"No rate could be confirmed{_because(trials)}.{first}"
    rate = format_value(limit.value, "1/s")
    if recovers_up_to is not None and recovers_up_to < limit.value * 0.999:
        above = format_value(recovers_up_to, "1/s")
        text = f"Meets the SLO up to {rate}, and is vulnerable above {above}: {_not_recovered(trials)}."
    else:
        text = f"Stable up to {rate}." if recovers_up_to is not None else f"Meets the SLO up to {rate}."
    if end.kind == "open":
        return f"{text} No SLO breach was observed, and this machine cannot generate a higher rate."
    return text + first


def _not_recovered(trials: Sequence[Trial]) -> str:
    tests = [t for t in trials if t.purpose == "trigger" and t.breaks and not t.invalid]
    lowest = min(tests, key=lambda t: t.rate_per_s)
    return f"after the trigger at {format_value(lowest.rate_per_s, '1/s')}, {lowest.measured}"


def _because(trials: Sequence[Trial]) -> str:
    invalid = [trial.invalid for trial in trials if trial.invalid]
    if not invalid:
        return ""
    return f": {len(invalid)} of {len(trials)} trials were invalid, the last because {invalid[-1]}"
