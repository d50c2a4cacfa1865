"""`surgeline gallery`: the traps of requests and urllib3."""

from __future__ import annotations

from typing import Annotated

import typer

from harness.commands.options import Json


def gallery(
    numbers: Annotated[list[int], typer.Argument(metavar="[TRAP]...", help="Some of them, by number.")] = [],
    as_json: Json = False,
) -> None:
    """Plays the traps of requests and urllib3, and shows each beside what is expected."""
    from harness import exhibit

    raise typer.Exit(0 if exhibit.show(numbers, as_json) else 1)
