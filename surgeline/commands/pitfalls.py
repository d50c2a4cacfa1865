"""`surgeline pitfalls`: the pitfalls of requests and urllib3."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from surgeline.commands.options import Json


def pitfalls(
    numbers: Annotated[
        list[int],
        typer.Argument(metavar="[PITFALL]...", help="Numbers of the pitfalls to reproduce; all by default."),
    ] = [],
    as_json: Json = False,
) -> None:
    """Reproduces known pitfalls of requests and urllib3, and shows each result next to the expected one."""
    from harness.observe.direct_http import bypassing_loopback
    from surgeline.render.pitfalls import show_pitfalls

    os.environ.update(bypassing_loopback(os.environ))
    raise typer.Exit(0 if show_pitfalls(numbers, as_json) else 1)
