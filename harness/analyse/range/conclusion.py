"""From a search's trials to the answer: the limit, the bands, and both in words."""

from __future__ import annotations

from collections.abc import Sequence

from harness.analyse.range.boundary import posterior
from harness.analyse.range.step_controller import RISK, Found, claimed
from harness.analyse.range.trial import first_breach
from harness.model.formatting import format_value
from harness.model.range import Band, Limit, Trial


def limit_of(trials: Sequence[Trial], end: Found | None) -> Limit | None:
    """The claimed limit, with the rate below which the boundary lies with 95%; None before a confirmed rate."""
    rate = claimed(trials)
    if not rate:
        return None
    sound = [t for t in trials if not t.invalid and t.purpose != "trigger"]
    open_ended = end is not None and end.kind == "open"
    return Limit(value=rate, low=rate, high=None if open_ended else posterior(sound).quantile(1 - RISK))


def bands_of(trials: Sequence[Trial], limit: Limit | None, well_up_to: float | None) -> tuple[Band, ...]:
    """The bands from 0 up; `well_up_to` is how far the trigger was recovered from, None when it wasn't tried.

    What lies between the limit and the lowest rate known to break it belongs to no band: nobody knows.
    """
    found: list[Band] = []
    if limit is not None:
        if well_up_to is None:
            found.append(Band(name="untested", from_per_s=0.0, to_per_s=limit.value))
        else:
            if well_up_to > 0:
                found.append(Band(name="stable", from_per_s=0.0, to_per_s=well_up_to))
            if well_up_to < limit.value * 0.999:
                found.append(Band(name="vulnerable", from_per_s=well_up_to, to_per_s=limit.value))
    broken = [t.rate_per_s for t in trials if t.breaks and not t.invalid and t.purpose != "trigger"]
    beyond = [rate for rate in broken if limit is None or rate > limit.value]
    if limit is not None and limit.high is not None and beyond:
        found.append(Band(name="overloaded", from_per_s=limit.high, to_per_s=None))
    elif limit is None and beyond:
        found.append(Band(name="overloaded", from_per_s=min(beyond), to_per_s=None))
    return tuple(found)


def conclusion(
    end: Found | None, trials: Sequence[Trial], limit: Limit | None, well_up_to: float | None
) -> str:
    """The answer in a sentence or two."""
    breach = first_breach(trials)
    if end is None:
        return "the search is not over"
    if end.kind == "none":
        return f"not safe at any tested rate: {breach}"
    if limit is None:
        return f"no rate could be confirmed{_because(trials)}" + (
            f"; first breach: {breach}" if breach else ""
        )
    rate = format_value(limit.value, "1/s")
    if well_up_to is not None and well_up_to < limit.value * 0.999:
        said = f"meets the SLO up to {rate}, and is vulnerable above {format_value(well_up_to, '1/s')}: {_ill(trials)}"
    else:
        said = f"stable up to {rate}" if well_up_to is not None else f"meets the SLO up to {rate}"
    if end.kind == "open":
        return said + f"; at least {rate}: the SLO was never breached, and this machine can't push further"
    return said + (f"; first breach: {breach}" if breach else "")


def _ill(trials: Sequence[Trial]) -> str:
    tests = [t for t in trials if t.purpose == "trigger" and t.breaks and not t.invalid]
    lowest = min(tests, key=lambda t: t.rate_per_s)
    return f"after the trigger at {format_value(lowest.rate_per_s, '1/s')}, {lowest.measured}"


def _because(trials: Sequence[Trial]) -> str:
    void = [trial.invalid for trial in trials if trial.invalid]
    return f": {len(void)} of {len(trials)} trials were void, the last because {void[-1]}" if void else ""
