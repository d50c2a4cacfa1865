"""How long a run has to be, one line for each threshold, and what that assumes."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, inf

from rich.text import Text

from harness.analyse.verdict.phrasing import duration_text
from harness.analyse.verdict.run_length import Length
from harness.assess.run_lengths import RunLengths
from harness.model.formatting import format_share
from harness.model.slo import Threshold


def length_lines(found: RunLengths, counted_s: float) -> Iterator[Text]:
    """The lines; a threshold for which the scenario's `counted_s` seconds are too few is marked."""
    for length in found.lengths:
        has_s = length.threshold.window_s or counted_s
        enough = length.least_s <= has_s
        rest = (
            ""
            if enough
            else f"; {'a window' if length.threshold.window_s else 'this scenario'} has {has_s:g} s"
        )
        yield Text(f"  {'✓' if enough else '!'} {length_text(length)}{rest}", "green" if enough else "yellow")
    if found.lengths:
        yield Text(f"    {source_text(found)}", "dim")


def length_text(length: Length) -> str:
    """One threshold's line."""
    if length.threshold.statistic == "recovery":
        until = f"{_seconds(length.threshold.limit)} from the end of the last fault"
        return f"{length.threshold.text}: {_seconds(length.least_s)} after the warm-up are needed, {until}"
    if length.least_s == inf:
        return f"{length.threshold.text}: no length of a run decides it at {length.per_s:.3g}/s"
    least = f"at least {_seconds(length.least_s)} at {length.per_s:.3g}/s decide it {_when(length.threshold)}"
    if length.any_tail_s == length.least_s:
        return f"{length.threshold.text}: {least}"
    return (
        f"{length.threshold.text}: {least}, and {_seconds(length.any_tail_s)} whatever the shape of its tail"
    )


def source_text(found: RunLengths) -> str:
    """Where the rate and the dependence of the calls come from."""
    if found.run:
        return f"The rate of calls and how they depend on each other were measured in {found.run}."
    return (
        "Assumed: each journey makes one call, and calls depend on each other as in a queue at "
        f"{format_share(found.load)} load; errors and retries do not. A recorded run of this scenario and policy "
        "measures it."
    )


def _when(threshold: Threshold) -> str:
    if threshold.quantity == "goodput":
        return "when every call succeeds"
    if threshold.quantity == "amplification":
        return "when the true one is halfway between 1 and the limit"
    return f"when the true {threshold.statistic} is half of the limit"


def _seconds(seconds: float) -> str:
    return duration_text(float(ceil(seconds)))
