"""`surgeline doctor`: the measured limits of this machine, stored so that later runs can cite them."""

from __future__ import annotations

import typer
from rich.text import Text

from harness.lab.settings import runs_folder
from harness.model.formatting import format_interval, format_measured, format_value
from harness.model.machine_check import MachineCheck
from harness.record.machine import MACHINE_CHECK_FILE
from harness.record.record_file import write_record_file
from surgeline.commands.options import Json
from surgeline.render.console import err, out, print_json
from surgeline.render.table import plain_table


def doctor(as_json: Json = False) -> None:
    """Measures this machine: timers, driver, upstream, the cost of observing calls, and how much identical runs differ.

    It takes about two minutes.
    """
    from harness.lab.doctor import check_machine

    found = check_machine(lambda what: err.print(f"measuring: {what}"))
    root = runs_folder()
    root.mkdir(parents=True, exist_ok=True)
    write_record_file(root / MACHINE_CHECK_FILE, found.model_dump_json(indent=1) + "\n")
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        _show(found)
    raise typer.Exit(3 if not found.driver_ceiling_per_s else 0)


def _show(found: MachineCheck) -> None:
    table = plain_table("measured", "value", "95% interval", "n")
    for m in found.measurements:
        table.add_row(m.name, format_measured(m), format_interval(m), f"{m.n:,}")
    out.print(table)
    ceiling = format_value(found.driver_ceiling_per_s, "1/s")
    out.print(
        Text(f"The driver keeps its schedule up to {ceiling}; runs with a higher rate are refused.", "bold")
    )
    if found.run_effect is not None:
        usual = format_value(found.run_effect.usual, "ratio")
        out.print(
            Text(f"Identical runs differ by up to {usual}; one seed shows larger differences only.", "bold")
        )
    for remark in found.remarks:
        out.print(Text(remark, "yellow"))
