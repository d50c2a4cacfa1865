"""`surgeline dashboard`: runs in a browser."""

from __future__ import annotations

import subprocess
from typing import Annotated

import typer

from harness import lab


def dashboard(
    port: Annotated[int, typer.Option(help="Where to listen.")] = 8501,
    host: Annotated[str, typer.Option(help="Another address than loopback, for a container.")] = "127.0.0.1",
) -> None:
    """Opens the dashboard on a loopback port."""
    from dashboard.launch import command

    line = [*command(port, lab.runs_folder()), f"--server.address={host}"]
    raise typer.Exit(subprocess.call(line))  # noqa: S603
