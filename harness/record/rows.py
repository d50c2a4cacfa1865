"""Rows of the tables `calls` and `attempts`, in the order of the schema's columns.

A driver makes them between calls that wait for it, so they are written out as source and compiled once, as
dataclasses do with `__init__`: a loop over the table of quantities would take several times as long for each call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import Any

from harness.model.call import Attempt, Call
from harness.model.quantities import NOT_ALWAYS_SHOWN, SUMMED, SUMMED_COLUMNS

Row = tuple[object, ...]

_OF_CALL = (
    "arrival", "step", "method", "route", "scheduled_s", "dispatched_s", "started_s", "ended_s",
    "outcome.value", "status", "received_bytes", "digest_matches", "caller", "arm", "reported",
)  # fmt: skip


def _sums() -> Iterator[str]:
    """The lines that add one attempt to the sums."""
    for duration in SUMMED:
        add = f"{duration.field} += attempt.{duration.field}"
        if duration.split:
            yield f"if attempt.{duration.split}: {duration.split}_s += attempt.{duration.field}"
            yield f"else: {add}"
        elif duration.field in NOT_ALWAYS_SHOWN:
            yield f"if attempt.{duration.field} is None: {duration.field} = None"
            yield f"elif {duration.field} is not None: {add}"
        else:
            yield add


def _source() -> str:
    """The source of both functions."""
    of_call = ", ".join(f"call.{name}" for name in _OF_CALL)
    of_attempt = ", ".join(f"attempt.{field.name}" for field in fields(Attempt))
    return "\n".join(
        [
            "def call_row(call):",
            f"    {' = '.join(SUMMED_COLUMNS)} = 0.0",
            "    for attempt in call.attempts:",
            "        if attempt.lost: continue",
            *(f"        {line}" for line in _sums()),
            f"    return ({of_call}, len(call.attempts), {', '.join(SUMMED_COLUMNS)}, call.error)",
            "def attempt_row(call, attempt):",
            f"    return (call.arrival, call.step, {of_attempt})",
        ]
    )


_compiled: dict[str, Any] = {}
exec(compile(_source(), "<rows>", "exec"), _compiled)  # noqa: S102 - of names in our own source alone

call_row: Callable[[Call], Row] = _compiled["call_row"]
"""One row of `calls`: the call with its attempts' durations summed."""

attempt_row: Callable[[Call, Attempt], Row] = _compiled["attempt_row"]
"""One row of `attempts`: which call it belongs to, and every field of the attempt."""
