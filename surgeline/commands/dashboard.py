"""`surgeline dashboard`: the dashboard, which shows runs in a browser."""

from __future__ import annotations

from typing import Annotated

import typer

from harness.lab.settings import runs_folder
from surgeline.commands.options import MOST_PORT


def dashboard(
    port: Annotated[int, typer.Option(min=1, max=MOST_PORT, help="The port to listen on.")] = 8501,
    host: Annotated[str, typer.Option(help="The address to listen on, for a container.")] = "127.0.0.1",
    allow_host: Annotated[
        list[str],
        typer.Option("--allow-host", metavar="NAME", help="Another name of this server; repeat for more."),
    ] = [],
    read_only: Annotated[
        bool, typer.Option("--read-only", help="Show only: start no run, pull no lever, change no tag.")
    ] = False,
) -> None:
    """Opens the dashboard on a loopback port. On any other address it is always read-only.

    It answers to its own addresses and names only; a name in a proxy or in DNS is allowed with --allow-host.
    """
    from dashboard.launch import command, serve

    line = command(port, runs_folder(), read_only=read_only, address=host, allowed=allow_host)
    raise typer.Exit(serve(line))
