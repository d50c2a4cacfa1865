"""Counts the durations of one call in the histograms that the table of quantities gives them.

Calls wait for it, so it is written out as source and compiled once, like the rows of the record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from harness.model.call import Call
from harness.model.quantities import DURATIONS, Duration

COUNTED = tuple(
    (row, row.histogram.metric, row.histogram.each)
    for row in DURATIONS
    if row.histogram is not None and row.histogram.each != "attempt" and not row.histogram.labels
)
"""The durations that are counted for each call or each journey, with their metric."""


def call_observer(observe: Callable[[str], Callable[[float], None]]) -> Callable[[Call], None]:
    """A function that counts one ended call; `observe` gives for a metric's name what counts one value in seconds."""
    compiled: dict[str, Any] = {metric: observe(metric) for _, metric, _ in COUNTED}
    exec(compile("\n".join(_source()), "<call_observer>", "exec"), compiled)  # noqa: S102 - names of our own source
    count: Callable[[Call], None] = compiled["count"]
    return count


def _source() -> Iterator[str]:
    yield "def count(call):"
    summed = [row.field for row, _, _ in COUNTED if not row.between]
    yield f"    {' = '.join(summed)} = 0.0"
    yield "    for attempt in call.attempts:"
    yield "        if attempt.lost: continue"
    yield from (f"        {field} += attempt.{field}" for field in summed)
    yield from (f"    {metric}({_seconds(row)})" for row, metric, each in COUNTED if each == "call")
    yield "    if call.step == 0:"
    yield from (f"        {metric}({_seconds(row)})" for row, metric, each in COUNTED if each == "journey")


def _seconds(row: Duration) -> str:
    return f"call.{row.field}" if row.between else row.field
