"""Measured values as text, always with their interval and the number of samples."""

from __future__ import annotations

from collections.abc import Iterable

from harness.model.formatting import format_measured, format_value
from harness.model.quantities import LATENCY
from harness.model.slo import Slo
from harness.model.verdict import Measurement

_NUMBER = "-0123456789.,"


def measurement_text(measurement: Measurement) -> str:
    """A measurement as `412 ms (389–455 ms, n = 5,210)`."""
    return f"{format_measured(measurement)} ({bounds_text(measurement)}, n = {measurement.n:,})"


def bounds_text(measurement: Measurement) -> str:
    """A measurement's interval as `389–455 ms`, `20.0 s or more` or `no bounds`."""
    unit, low, high = measurement.unit, measurement.low, measurement.high
    if low is not None and high is not None:
        return interval_text(low, high, unit)
    if low is not None:
        return f"{format_value(low, unit)} or more"
    return "no bounds" if high is None else f"{format_value(high, unit)} or less"


def latency_note(slo: Slo, measured: Iterable[Measurement]) -> str:
    """How failed calls count in these percentiles of latency, in a sentence; "" where none of them shows it."""
    latencies = [m for m in measured if m.name.startswith(f"{LATENCY.name}.")]
    if slo.failed_calls == "apart" and latencies:
        return "Percentiles of latency are of successful calls; failed calls are counted apart."
    if any(m.value is None for m in latencies):
        return (
            "Not reached: a failed call is infinitely late, and more calls failed than the percentile leaves."
        )
    return ""


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
