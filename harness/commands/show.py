"""`surgeline show`: one run, from its record or from a Prometheus that scraped it."""

from __future__ import annotations

from typing import Annotated

import typer

from harness import lab, terminal
from harness.commands.options import Json, RunName
from harness.observe.queries import Prometheus
from harness.observe.scraped import scraped
from harness.record.reader import find_run


def show(
    name: RunName = "latest",
    from_prometheus: Annotated[
        str,
        typer.Option(
            metavar="URL", help="Read the run from a Prometheus that scraped it, not from its record."
        ),
    ] = "",
    as_json: Json = False,
) -> None:
    """Shows one run, also a live or a killed one."""
    if from_prometheus:
        _show_scraped(name, from_prometheus, as_json)
        return
    record = find_run(lab.runs_folder(), name)
    if as_json:
        terminal.as_json(terminal.run_json(record))
    else:
        terminal.show_run(record)


def _show_scraped(name: str, url: str, as_json: bool) -> None:
    seen = scraped(Prometheus(url), name)
    if as_json:
        terminal.as_json(terminal.scraped_json(seen, url))
    else:
        terminal.show_scraped(seen, url)
