"""Measured values in words, always with their interval and the samples behind them."""

from __future__ import annotations

from harness.model.verdict import Measurement

_NUMBER = "-0123456789.,e+"
_SUFFIX = {"1/s": "/s", "count": "", "attempts/call": ""}


def amount(value: float, unit: str) -> str:
    """A value with three significant digits and its unit: `412 ms`, `1.20 s`, `2.1%`, `198/s`, `1.08`."""
    if unit == "s":
        return _seconds(value)
    if unit == "ratio":
        return f"{value * 100:.3g}%"
    if unit == "count":
        return f"{value:,.0f}"
    return _three(value) + _SUFFIX[unit]


def measured(measurement: Measurement) -> str:
    """A measurement as `412 ms (389–455 ms, n = 5,210)`."""
    unit, low, high = measurement.unit, measurement.low, measurement.high
    if low is not None and high is not None:
        bounds = between(low, high, unit)
    elif low is not None:
        bounds = f"{amount(low, unit)} or more"
    elif high is not None:
        bounds = f"{amount(high, unit)} or less"
    else:
        bounds = "no bounds"
    return f"{amount(measurement.value, unit)} ({bounds}, n = {measurement.n:,})"


def between(low: float, high: float, unit: str) -> str:
    """Two values as `389–455 ms`, with the unit once where it is the same."""
    lower, upper = amount(low, unit), amount(high, unit)
    lower_unit, upper_unit = lower.lstrip(_NUMBER), upper.lstrip(_NUMBER)
    return f"{lower.removesuffix(lower_unit) if lower_unit == upper_unit else lower}–{upper}"


def stretch(seconds: float) -> str:
    """A length of time to wait for: `40 s`, `12 min`, `over 2 hours`."""
    if seconds < 120:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds <= 7200 else "over 2 hours"


def _seconds(value: float) -> str:
    if abs(value) < 1e-3:
        return f"{value * 1e6:.3g} µs" if value else "0 ms"
    return f"{_three(value * 1e3)} ms" if abs(value) < 0.9995 else f"{_three(value)} s"


def _three(value: float) -> str:
    whole = len(f"{abs(value):.0f}") if abs(value) >= 0.9995 else 0
    return f"{value:,.{max(0, 3 - whole)}f}" if value else "0"
