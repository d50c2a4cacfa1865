"""A rehearsed incident for a terminal."""

from __future__ import annotations

from typing import Any

from rich.text import Text

from harness.incidents.runbook import recovery_without_lever
from harness.model.formatting import format_value
from harness.model.lever import levers_text
from harness.model.rehearsal import Rehearsal
from surgeline.render.console import out
from surgeline.render.table import plain_table, subject


def show_rehearsal(rehearsal: Rehearsal) -> None:
    """Whether the client recovers without a lever, and the levers by the calls that failed."""
    out.print(subject(rehearsal.scenario, rehearsal.policy))
    alone = recovery_without_lever(rehearsal).replace("**", "")
    out.print(f"Does the client recover without a lever? {alone}")
    table = plain_table("lever", "recovered after", "95% interval", "failed calls", "peak attempts/call")
    for one in rehearsal.repetitions:
        levers = levers_text(one.levers)
        low, high = format_value(one.recovery.low, "s"), format_value(one.recovery.high, "s")
        lost = format_value(one.lost.value, "count")
        peak = format_value(one.peak_amplification.value, "attempts/call")
        if one.recovered:
            table.add_row(
                levers,
                Text(format_value(one.recovery.value, "s"), style="green"),
                f"{low} – {high}",
                lost,
                peak,
            )
        else:
            table.add_row(levers, Text("did not recover", style="red"), f"> {low}", lost, peak)
    out.print(table)


def rehearsal_json(rehearsal: Rehearsal) -> dict[str, Any]:
    """A rehearsal as JSON; beside the `levers` of each repetition stands `lever`, their text."""
    repetitions = [
        {"lever": levers_text(one.levers), **one.model_dump(mode="json")} for one in rehearsal.repetitions
    ]
    return {**rehearsal.model_dump(mode="json"), "repetitions": repetitions}
