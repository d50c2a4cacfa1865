"""`surgeline tag`: labels of a run, by which it can be found."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from harness.lab.settings import runs_folder
from harness.model.errors import ConfigError
from harness.record.reader import find_run
from harness.record.tags import change_tags as write
from surgeline.commands.options import RunName
from surgeline.render.console import out


def tag(
    name: RunName = "latest",
    action: Annotated[
        str, typer.Argument(metavar="add|remove", help="Without an action, the tags are shown.")
    ] = "",
    words: Annotated[
        list[str], typer.Argument(metavar="TAG", help="A tag of the characters a-z, 0-9 and . _ : -")
    ] = [],
) -> None:
    """Adds tags to a run or removes them: `surgeline tag latest add nightly`. The record itself is not changed."""
    record = find_run(runs_folder(), name)
    if action not in {"", "add", "remove"}:
        raise ConfigError("tag", action, "must be add or remove")
    if action and not words:
        raise ConfigError("tag", action, "needs a tag")
    kept = record.tags
    if action:
        added, removed = (words, ()) if action == "add" else ((), words)
        kept = write(record.folder, added, removed)
    out.print(Text(f"{record.run.id}: {', '.join(kept) or 'no tags'}"), soft_wrap=True)
