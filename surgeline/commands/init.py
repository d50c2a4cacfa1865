"""`surgeline init`: the shipped files, to be edited."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.inputs import files
from surgeline.render.console import out


def init(
    folder: Annotated[Path, typer.Argument(help="Where to put scenarios/.")] = Path(),
) -> None:
    """Copies the shipped scenarios, policies, upstreams and journeys here, to be edited."""
    made = files.copy_shipped(folder)
    out.print(f"{len(made)} files in {folder / 'scenarios'}. Next:", highlight=False)
    out.print("  surgeline compare dependency-slowdown --policy textbook --policy careful")
