"""The headroom of one resource as text."""

from __future__ import annotations

from harness.model.formatting import format_value
from harness.model.range import Headroom


def amount_text(item: Headroom, value: float) -> str:
    """A value in the resource's unit."""
    return f"{value / 2**20:,.0f} MiB" if item.unit == "bytes" else format_value(value, item.unit)


def available_text(item: Headroom) -> str:
    """How much there is of it."""
    return "no limit" if item.available is None else amount_text(item, item.available)


def at_peak_text(item: Headroom) -> str:
    """`83 (54 – 134)`, `at least 41`, `unbounded`; a dash where nothing is known of the peak."""
    peak = item.at_peak
    if peak is None:
        return "–"
    if peak.value is None:
        return "unbounded"
    if peak.low is None or peak.high is None:
        return f"at least {amount_text(item, peak.value if peak.low is None else peak.low)}"
    low, high = (amount_text(item, side) for side in (peak.low, peak.high))
    return f"{amount_text(item, peak.value)} ({low} – {high})"
