"""`surgeline tag`: words that a run carries, to find it again."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from harness import lab, terminal
from harness.commands.options import RunName
from harness.model.errors import BadInput
from harness.record.reader import find_run
from harness.record.tags import tag as write


def tag(
    name: RunName = "latest",
    action: Annotated[str, typer.Argument(metavar="add|remove", help="Without it, the tags are shown.")] = "",
    words: Annotated[list[str], typer.Argument(metavar="TAG", help="Of a-z, 0-9 and . _ : -")] = [],
) -> None:
    """Adds tags to a run or removes them: `surgeline tag latest add nightly`. The record itself is not changed."""
    record = find_run(lab.runs_folder(), name)
    if action not in {"", "add", "remove"}:
        raise BadInput("tag", action, "must be add or remove")
    if action and not words:
        raise BadInput("tag", action, "needs a tag")
    kept = record.tags
    if action:
        added, removed = (words, ()) if action == "add" else ((), words)
        kept = write(record.folder, added, removed)
    terminal.out.print(Text(f"{record.run.id}: {', '.join(kept) or 'no tags'}"), soft_wrap=True)
