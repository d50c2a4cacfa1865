"""`surgeline doctor`: what this machine is good for, kept for later runs to cite."""

from __future__ import annotations

import typer
from rich.text import Text

from harness import lab, terminal
from harness.commands.options import Json
from harness.commands.tables import plain
from harness.model.checkup import Checkup
from harness.model.spell import spell, spell_interval
from harness.record.machine import CHECKUP


def doctor(as_json: Json = False) -> None:
    """Measures this machine: timers, driver, upstream, the cost of observing. Takes about a minute."""
    from harness.search.doctor import examine

    found = examine(lambda what: terminal.err.print(f"measuring: {what}"))
    root = lab.runs_folder()
    root.mkdir(parents=True, exist_ok=True)
    (root / CHECKUP).write_text(found.model_dump_json(indent=1) + "\n")
    if as_json:
        terminal.as_json(found.model_dump(mode="json"))
    else:
        _show(found)
    raise typer.Exit(3 if not found.driver_ceiling_per_s else 0)


def _show(found: Checkup) -> None:
    table = plain("measured", "value", "95% interval", "n")
    for m in found.measurements:
        table.add_row(m.name, spell(m.value, m.unit), spell_interval(m), f"{m.n:,}")
    terminal.out.print(table)
    ceiling = spell(found.driver_ceiling_per_s, "1/s")
    terminal.out.print(
        Text(f"the driver keeps its schedule up to {ceiling}; runs beyond are refused", "bold")
    )
    for remark in found.remarks:
        terminal.out.print(Text(remark, "yellow"))
