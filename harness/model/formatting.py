"""Numbers for display: three significant digits, and always a unit."""

from __future__ import annotations

from math import inf

from harness.model.verdict import Measurement

NOT_REACHED, RECOVERY = "not reached", "recovery"


def format_value(value: float | None, unit: str) -> str:
    """A value in its unit: 0.0204 s is "20.4 ms", 0.013 as a ratio "1.30%", None "–", infinity "not reached"."""
    if value is None or value == inf:
        return "–" if value is None else NOT_REACHED
    if unit == "s":
        return _duration(value)
    if unit == "ratio":
        return f"{_digits(value * 100)}%"
    if unit == "1/s":
        return f"{_digits(value)}/s"
    if unit == "count":
        return f"{value:,.0f}"
    return _digits(value)


def format_measured(measurement: Measurement) -> str:
    """The measured value in its unit; "not reached" where failed calls reach a percentile.

    Of no calls there is no duration and no ratio: "–". A recovery without an upper bound did not occur in the run.
    """
    if not measurement.n and measurement.unit not in ("1/s", "count"):
        return format_value(None, measurement.unit)
    text = format_value(measurement.number, measurement.unit)
    never = measurement.name == RECOVERY and measurement.high is None
    return f"> {text}, {NOT_REACHED}" if never else text


def format_share(ratio: float) -> str:
    """A share without zeros at its end: 0.01 is "1%", 0.0123 "1.23%"."""
    return f"{ratio * 100:.3g}%"


def format_interval(measurement: Measurement) -> str:
    """The 95% interval, "19.8 ms – 21.1 ms"; an open side is shown as ≥ or ≤."""
    low, high = measurement.low, measurement.high
    if low is None and high is None:
        return "–"
    if low == high:
        return "exact"
    if high is None:
        return f"≥ {format_value(low, measurement.unit)}"
    if low is None:
        return f"≤ {format_value(high, measurement.unit)}"
    return f"{format_value(low, measurement.unit)} – {format_value(high, measurement.unit)}"


def _duration(seconds: float) -> str:
    size = abs(seconds)
    if size >= 1.0:
        return f"{_digits(seconds)} s"
    if size >= 1e-3:
        return f"{_digits(seconds * 1e3)} ms"
    return f"{_digits(seconds * 1e6)} µs" if size >= 5e-7 else "0 ms"


def _digits(value: float) -> str:
    size = abs(value)
    if size >= 1000:
        return f"{value:,.0f}"
    if size >= 99.95:
        return f"{value:.0f}"
    if size >= 9.995:
        return f"{value:.1f}"
    return f"{value:.2f}"
