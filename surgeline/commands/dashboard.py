"""`surgeline dashboard`: runs in a browser."""

from __future__ import annotations

import subprocess
from typing import Annotated

import typer

from harness.lab.settings import runs_folder


def dashboard(
    port: Annotated[int, typer.Option(help="Where to listen.")] = 8501,
    host: Annotated[str, typer.Option(help="Another address than loopback, for a container.")] = "127.0.0.1",
    read_only: Annotated[
        bool, typer.Option("--read-only", help="Only look: start nothing, pull no lever, change no tag.")
    ] = False,
) -> None:
    """Opens the dashboard on a loopback port. On another address it only looks, whatever is asked for."""
    from dashboard.launch import command

    line = [*command(port, runs_folder(), read_only=read_only), f"--server.address={host}"]
    raise typer.Exit(subprocess.call(line))  # noqa: S603
