"""`surgeline lever`: a lever of a live run is pulled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from harness import files, inbox, lab, levers, terminal
from harness.commands.options import RunName
from harness.model.errors import BadInput
from harness.record.reader import find_run


def lever(
    run: RunName,
    name: Annotated[str, typer.Argument(metavar="LEVER", help="throttle, retries, budget, pool, threads, …")],
    context: typer.Context,
) -> None:
    """Pulls a lever of a live run: `surgeline lever latest throttle --rate 120`."""
    record = find_run(lab.runs_folder(), run)
    pulled = inbox.pull(record, {"lever": name, **lever_settings(name, context.args)})
    if pulled.problem:
        raise BadInput(record.run.id, name, pulled.problem)
    took = f"{pulled.acknowledged} of {pulled.processes} processes"
    terminal.out.print(f"✓ {name} at {pulled.at_s:.1f} s of the run, acknowledged by {took}", style="green")


def lever_settings(name: str, arguments: Sequence[str]) -> dict[str, object]:
    """Reads `--rate 120`, `--rate=120` or `rate_per_s=120`; the start of a key is enough when it is the only one."""
    words = " ".join(arguments).replace("=", " ").split()
    if len(words) % 2:
        raise BadInput("lever", " ".join(arguments), "must be keys with values, such as --rate 120")
    known = levers.keys(name)
    found: dict[str, object] = {}
    for key, value in zip(words[::2], words[1::2], strict=True):
        wish = key.lstrip("-").replace("-", "_")
        fitting = [full for full in known if full.startswith(wish)]
        found[fitting[0] if len(fitting) == 1 else wish] = files.value(value)
    return found
