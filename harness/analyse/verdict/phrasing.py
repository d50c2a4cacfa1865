"""Measured values as text, always with their interval and the number of samples."""

from __future__ import annotations

from harness.model.formatting import format_value
from harness.model.verdict import Measurement

_NUMBER = "-0123456789.,"


def measurement_text(measurement: Measurement) -> str:
    """A measurement as `412 ms (389–455 ms, n = 5,210)`."""
    unit, low, high = measurement.unit, measurement.low, measurement.high
    if low is not None and high is not None:
        bounds = interval_text(low, high, unit)
    elif low is not None:
        bounds = f"{format_value(low, unit)} or more"
    elif high is not None:
        bounds = f"{format_value(high, unit)} or less"
    else:
        bounds = "no bounds"
    return f"{format_value(measurement.value, unit)} ({bounds}, n = {measurement.n:,})"


def interval_text(low: float, high: float, unit: str) -> str:
    """Two values as `389–455 ms`, with the unit once where it is the same."""
    lower, upper = format_value(low, unit), format_value(high, unit)
    lower_unit, upper_unit = lower.lstrip(_NUMBER), upper.lstrip(_NUMBER)
    return f"{lower.removesuffix(lower_unit) if lower_unit == upper_unit else lower}–{upper}"


def duration_text(seconds: float) -> str:
    """A length of time to wait for: `40 s`, `12 min`, `over 2 hours`."""
    if seconds < 120:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds <= 7200 else "over 2 hours"
