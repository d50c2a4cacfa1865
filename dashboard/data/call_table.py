"""Calls as tables of texts: a page of a list, and one call's waterfall."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from dashboard.data.markdown import markdown_table, plain
from harness.analyse.measure.waterfall import Waterfall
from harness.model.call import Call
from harness.model.call_query import CallRow
from harness.model.formatting import format_value
from harness.model.quantities import DURATIONS, LATENCY
from harness.model.run import Run

PLACE = ["Where", "What", "Starts at", "Duration"]
WAITS = {row.title: row.columns for row in DURATIONS if row.slo and row is not LATENCY}
"""What an SLO can limit of a call's time, with the columns that add up to it."""


def call_table(rows: Sequence[CallRow]) -> pd.DataFrame:
    """One row per call; durations are texts with their unit."""
    return pd.DataFrame([_row(row) for row in rows])


def calls_markdown(run: Run, rows: Sequence[CallRow], said: str) -> str:
    """The listed calls of a run for a ticket or a chat: the sentence `said` about them, and a table."""
    lines = [f"### surgeline: calls of {plain(run.policy.name)} under {plain(run.scenario.name)}", ""]
    return "\n".join([*lines, f"Run `{run.id}`. {plain(said)}", "", *markdown_table(call_table(rows))]) + "\n"


def _row(row: CallRow) -> dict[str, str | int]:
    waits = {title: sum(row.seconds[column] for column in columns) for title, columns in WAITS.items()}
    return {
        "Call": row.key,
        "Request": request_text(row.method, row.route),
        "Outcome": row.outcome,
        "Status": str(row.status or "–"),
        "Latency": format_value(row.seconds[LATENCY.field], "s"),
        "Attempts": row.attempts,
        "Hit by": ", ".join(row.faults) or "–",
        "Scheduled at": f"{row.scheduled_s:.3f} s",
        **{title: format_value(seconds, "s") if seconds > 0 else "–" for title, seconds in waits.items()},
    }


def request_text(method: str, route: str) -> str:
    """The method and the route of a call; a journey may name the method in its route already."""
    return route if route.startswith(f"{method} ") else f"{method} {route}".strip()


def waterfall_table(found: Waterfall) -> pd.DataFrame:
    """The waterfall as text: for each lane its result, and each stretch of time in it with its start and duration."""
    rows = []
    for lane in found.lanes:
        for place, span in enumerate(lane.spans):
            where = lane.caption if not place else ""
            rows.append((where, span.title, format_value(span.begin_s, "s"), format_value(span.seconds, "s")))
        if not lane.spans:
            rows.append((lane.caption, "no time recorded", "–", "–"))
    return pd.DataFrame(rows, columns=PLACE)


def call_sentence(call: Call, found: Waterfall, attempts: int) -> str:
    """One call in a sentence: how it ended, when, after how long, and what hit it."""
    hit = f" By the upstream's ledger it was hit by {' and '.join(found.faults)}." if found.faults else ""
    status = f" with status {call.status}" if call.status else ""
    return (
        f"{request_text(call.method, call.route)}, scheduled at {call.scheduled_s:.3f} s, "
        f"ended as {call.outcome}{status} after "
        f"{format_value(found.latency_s, 's')} and {attempts} attempt{'s' * (attempts != 1)}.{hit}"
    )
