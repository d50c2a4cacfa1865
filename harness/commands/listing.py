"""`surgeline list`: the recorded runs."""

from __future__ import annotations

from harness import lab, terminal
from harness.commands.options import Json
from harness.record.reader import Record, list_runs


def list_(as_json: Json = False) -> None:
    """Lists the recorded runs, newest first."""
    found = list_runs(lab.runs_folder())
    if as_json:
        terminal.as_json([terminal.run_json(item) for item in found if isinstance(item, Record)])
    else:
        terminal.show_list(found)
