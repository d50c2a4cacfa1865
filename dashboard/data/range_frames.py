"""A safe operating range as frames and words: its trials, its bands, how the search closed in, its headroom."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from harness.analyse.range.conclusion import horizon_text
from harness.analyse.range.headroom_text import amount_text, at_peak_text, available_text
from harness.analyse.stats.intervals import wilson
from harness.assess.ranges import boundary_interval, next_probe
from harness.model.formatting import format_value
from harness.model.range import Band, OperatingRange, Trial

CRITICAL = 1.96
ROOM, NEAR, NEAR_WHILE_SEARCHING = 1.12, 1.3, 2.2
OUTCOMES = ("meets the SLO", "breaks the SLO", "invalid")
TRIGGERED = ("recovered", "did not recover")
TRIALS = ["number", "rate_per_s", "outcome", "times", "low", "high", "purpose", "measured", "n", "load_s"]
MEANINGS = {
    "stable": "meets the SLO, and recovers after the trigger",
    "vulnerable": "meets the SLO, but does not recover after a trigger",
    "untested": "meets the SLO; recovery after a trigger was not tested",
    "overloaded": "breaks the SLO",
}


def trials(found: OperatingRange) -> pd.DataFrame:
    """One row per trial along the rate: the share of bad calls as a multiple of what its threshold allows.

    `times`, `low` and `high` are that multiple with its 95% interval (Wilson's, of the trial's effective calls).
    """
    rows = [_trial(n, t) for n, t in enumerate(found.trials, 1) if t.purpose != "trigger"]
    return pd.DataFrame(rows, columns=TRIALS)


def triggers(found: OperatingRange) -> pd.DataFrame:
    """One row per trigger test: number, rate_per_s, outcome, measured."""
    rows = [
        (n, t.rate_per_s, OUTCOMES[2] if t.invalid else TRIGGERED[int(t.breaks)], t.measured)
        for n, t in enumerate(found.trials, 1)
        if t.purpose == "trigger"
    ]
    return pd.DataFrame(rows, columns=["number", "rate_per_s", "outcome", "measured"])


def bands(found: OperatingRange, until_per_s: float) -> pd.DataFrame:
    """One row per band: band, from_per_s, to_per_s (the axis's end for the last one), ends, label, meaning."""
    rows = [
        (
            band.name,
            band.from_per_s,
            until_per_s if band.to_per_s is None else band.to_per_s,
            "" if band.to_per_s is None else format_value(band.to_per_s, "1/s"),
            range_sentence(band),
            MEANINGS[band.name],
        )
        for band in found.bands
    ]
    return pd.DataFrame(rows, columns=["band", "from_per_s", "to_per_s", "ends", "label", "meaning"])


def bracket_by_trial(found: OperatingRange) -> pd.DataFrame:
    """Between which rates the boundary was known to lie with 90% after each trial: number, low, high, rate_per_s."""
    rows = []
    for n, trial in enumerate(found.trials, 1):
        if trial.purpose == "trigger" or trial.invalid:
            continue
        known = boundary_interval(found.model_copy(update={"trials": found.trials[:n]}))
        if known is not None:
            rows.append((n, *known, trial.rate_per_s))
    return pd.DataFrame(rows, columns=["number", "low", "high", "rate_per_s"])


def until_per_s(ranges: Sequence[OperatingRange]) -> float:
    """Where the axis of rates ends: beyond every limit, every expected peak and every rate near them.

    A rate that was only tried on the way may lie outside.
    """
    matter = [
        rate
        for found in ranges
        for rate in (
            found.spec.scenario.expected_peak_per_s,
            *((found.stable_up_to.value, found.stable_up_to.high) if found.stable_up_to else ()),
            *(band.from_per_s for band in found.bands),
        )
        if rate
    ]
    near = NEAR if all(found.state == "complete" for found in ranges) else NEAR_WHILE_SEARCHING
    tried = [trial.rate_per_s for found in ranges for trial in found.trials]
    highest = max(matter or tried or [1.0])
    return ROOM * max([highest, *(rate for rate in tried if not matter or rate <= near * highest)])


def outside(found: OperatingRange, until: float) -> str:
    """Which trials the axis of rates leaves out, in words; "" for none."""
    rates = sorted({trial.rate_per_s for trial in found.trials if trial.rate_per_s > until})
    return (
        f"Trials at rates beyond this axis: {', '.join(format_value(rate, '1/s') for rate in rates)}."
        if rates
        else ""
    )


def range_sentence(band: Band) -> str:
    """`stable 41.0/s – 164/s`, `vulnerable 164/s – 365/s`, `overloaded from 402/s`."""
    if band.to_per_s is None:
        return f"{band.name} from {format_value(band.from_per_s, '1/s')}"
    if band.from_per_s == 0:
        return f"{band.name} up to {format_value(band.to_per_s, '1/s')}"
    return f"{band.name} {format_value(band.from_per_s, '1/s')} – {format_value(band.to_per_s, '1/s')}"


def limit_text(found: OperatingRange) -> str:
    """The claimed rate and what is known of the boundary; "" before a rate was confirmed."""
    limit = found.stable_up_to
    if limit is None:
        return ""
    safe = f"{format_value(limit.value, '1/s')} is safe with 95% confidence"
    if limit.horizon_s is not None:
        safe += f" for runs of {horizon_text(limit.horizon_s)}"
    if limit.high is None:
        return f"{safe}; no SLO breach observed above this rate."
    return f"{safe}; the boundary lies below {format_value(limit.high, '1/s')} with 95% confidence."


def conclusion(found: OperatingRange) -> list[str]:
    """What a finished search found beside its headline, which is its answer where no rate was confirmed."""
    confirmed = found.stable_up_to is not None
    lines = [found.answer if confirmed else "", limit_text(found), peak_text(found)]
    lines.append(f"Trigger: {found.trigger}." if found.bands else "")
    lines.append(f"Not included in the bands: {', '.join(found.left_out)}." if found.left_out else "")
    return [line for line in lines if line]


def peak_text(found: OperatingRange) -> str:
    """How far the expected peak is from the limit; "" without one of them."""
    peak, limit = found.spec.scenario.expected_peak_per_s, found.stable_up_to
    if not peak or limit is None:
        return ""
    share = f"{limit.value / peak:.2f} times" if limit.value >= peak else f"only {limit.value / peak:.0%} of"
    return f"The limit is {share} the expected peak of {format_value(peak, '1/s')}."


def cost(found: OperatingRange) -> str:
    """What it rests on, and what it took."""
    sound = [t for t in found.trials if not t.invalid]
    calls, invalid = sum(t.n for t in sound), len(found.trials) - len(sound)
    summary = (
        f"{_counted(len(sound), 'trial')}, {calls:,} calls counted, {found.load_seconds:.0f} s of load, "
        "95% confidence"
    )
    repeated = "was repeated" if invalid == 1 else "were repeated"
    return summary + (f"; {_counted(invalid, 'invalid trial')} {repeated}" if invalid else "")


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def search_progress(found: OperatingRange) -> str:
    """What a search does at this moment, and how far the bracket has closed."""
    probe = next_probe(found)
    if probe is None:
        return "All trials have ended; the result is being written."
    trial = f"Trial {len(found.trials) + 1}: {probe.purpose} at {format_value(probe.rate_per_s, '1/s')}."
    known = boundary_interval(found)
    if known is None:
        return f"{trial} No trial has broken the SLO yet."
    low, high = (format_value(rate, "1/s") for rate in known)
    return f"{trial} The boundary lies between {low} and {high} with 90% confidence."


def headroom_table(found: OperatingRange) -> pd.DataFrame:
    """One row per resource: what was used at the limit, of how much, n, and what the expected peak would take."""
    peak = found.spec.scenario.expected_peak_per_s
    rows = [
        {
            "Resource": item.resource,
            "Used at the limit, p99": amount_text(item, item.used),
            "Of": available_text(item),
            "n": f"{item.n:,}",
            **({f"At {format_value(peak, '1/s')}": at_peak_text(item)} if peak else {}),
        }
        for item in found.headroom
    ]
    return pd.DataFrame(rows)


def range_table(found: OperatingRange) -> pd.DataFrame:
    """Every trial as a row to read, in the order in which they were made."""
    rows = [
        {
            "Trial": n,
            "Purpose": t.purpose,
            "Rate, /s": t.rate_per_s,
            "Outcome": _outcome(t),
            "Measured": t.measured or "–",
            "n": t.n,
            "Load, s": t.load_s,
            "Note": t.invalid or t.cut_short or "",
            "Run": t.run,
        }
        for n, t in enumerate(found.trials, 1)
    ]
    columns = ["Trial", "Purpose", "Rate, /s", "Outcome", "Measured", "n", "Load, s", "Note", "Run"]
    return pd.DataFrame(rows, columns=columns)


def _trial(number: int, trial: Trial) -> tuple[object, ...]:
    interval = wilson(trial.bad_ratio, max(trial.effective_n, 1.0), CRITICAL)
    low, high = (
        side / trial.allowed_ratio
        for side in (interval.low or 0.0, 1.0 if interval.high is None else interval.high)
    )
    times = trial.bad_ratio / trial.allowed_ratio
    facts = trial.purpose, trial.measured, trial.n, trial.load_s
    return (number, trial.rate_per_s, _along(trial), times, low, high, *facts)


def _along(trial: Trial) -> str:
    return OUTCOMES[2] if trial.invalid else OUTCOMES[int(trial.breaks)]


def _outcome(trial: Trial) -> str:
    if trial.invalid:
        return "– invalid"
    if trial.purpose == "trigger":
        return "✗ did not recover" if trial.breaks else "✓ recovered"
    return "✗ breaks" if trial.breaks else "✓ meets"
