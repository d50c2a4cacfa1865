"""`surgeline init`: copies of the shipped files, for editing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.inputs.shipped_files import copy_shipped
from surgeline.render.console import out


def init(
    folder: Annotated[Path, typer.Argument(help="The folder in which to create scenarios/.")] = Path(),
) -> None:
    """Copies the shipped scenarios, policies, upstreams and journeys into a folder, for editing."""
    made = copy_shipped(folder)
    out.print(f"Copied {len(made)} files to {folder / 'scenarios'}. Next step:")
    out.print("  surgeline compare dependency-slowdown --policy textbook --policy careful")
