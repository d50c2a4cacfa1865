"""`surgeline upstream`: the mock upstream alone."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from harness.inputs.shipped_files import find_file


def upstream(
    name: Annotated[
        str, typer.Argument(metavar="UPSTREAM", help="An upstream file, or a shipped upstream's name.")
    ],
    context: typer.Context,
) -> None:
    """Starts the mock upstream alone; further options are passed to `python -m mock_upstream`."""
    path = find_file("upstream", name)
    command = [sys.executable, "-P", "-m", "mock_upstream", str(path), *context.args]
    os.execv(sys.executable, command)  # noqa: S606 - our own interpreter, no shell
