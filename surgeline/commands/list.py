"""`surgeline list`: the recorded runs."""

from __future__ import annotations

from typing import Annotated

import typer

from harness.lab.settings import runs_folder
from harness.record.reader import Record, list_runs
from surgeline.commands.options import Json
from surgeline.render.console import out, print_json
from surgeline.render.run import run_json, show_list


def list_(
    tag: Annotated[
        list[str], typer.Option("--tag", help="Only runs with this tag; repeat to require several.")
    ] = [],
    as_json: Json = False,
) -> None:
    """Lists the recorded runs, newest first."""
    found = list_runs(runs_folder())
    if tag:
        found = [item for item in found if isinstance(item, Record) and set(tag) <= set(item.tags)]
    if as_json:
        print_json([run_json(item) for item in found if isinstance(item, Record)])
    elif tag and not found:
        named = f"tag{'s' * (len(tag) > 1)} {' and '.join(tag)}"
        out.print(f"No run has the {named}. To add a tag: surgeline tag RUN add {tag[0]}")
    else:
        show_list(found)
