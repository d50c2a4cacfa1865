"""`surgeline pitfalls`: the pitfalls of requests and urllib3."""

from __future__ import annotations

from typing import Annotated

import typer

from surgeline.commands.options import Json


def pitfalls(
    numbers: Annotated[
        list[int], typer.Argument(metavar="[PITFALL]...", help="Some of them, by number.")
    ] = [],
    as_json: Json = False,
) -> None:
    """Plays the pitfalls of requests and urllib3, and shows each beside what is expected."""
    from surgeline.render.pitfalls import show_pitfalls

    raise typer.Exit(0 if show_pitfalls(numbers, as_json) else 1)
