"""A rehearsed incident for a terminal."""

from __future__ import annotations

from rich.text import Text

from harness.incidents.runbook import recovery_without_lever
from harness.model.formatting import format_value
from harness.model.rehearsal import Rehearsal
from surgeline.render.console import out
from surgeline.render.table import plain_table


def show_rehearsal(rehearsal: Rehearsal) -> None:
    """The hysteresis question, and the levers ranked."""
    out.print(f"[bold]{rehearsal.scenario}[/] × [bold]{rehearsal.policy}[/]")
    out.print(
        f"Does it come back by itself? {recovery_without_lever(rehearsal).replace('**', '')}", markup=False
    )
    table = plain_table("lever", "back after", "95% interval", "calls lost", "peak attempts/call")
    for one in rehearsal.repetitions:
        low, high = format_value(one.recovery.low, "s"), format_value(one.recovery.high, "s")
        lost = format_value(one.lost.value, "count")
        peak = format_value(one.peak_amplification.value, "attempts/call")
        if one.recovered:
            table.add_row(
                one.lever,
                Text(format_value(one.recovery.value, "s"), style="green"),
                f"{low} – {high}",
                lost,
                peak,
            )
        else:
            table.add_row(one.lever, Text("never", style="red"), f"> {low}", lost, peak)
    out.print(table)
