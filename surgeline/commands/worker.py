"""`surgeline worker`: one more process of a run's service, on this machine or another."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from surgeline.commands.options import address


def worker(
    master: Annotated[str, typer.Option(help="HOST:PORT of a run that was started with --expect-workers.")],
) -> None:
    """Adds a service process to a run that was started with --expect-workers on this machine or another."""
    host, port = address("--master", master)
    command = [sys.executable, "-P", "-m", "harness.drive", host, str(port)]
    os.execve(sys.executable, command, {**os.environ, "SURGELINE_STAY": "1"})  # noqa: S606 - no shell
