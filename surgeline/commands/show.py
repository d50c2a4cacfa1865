"""`surgeline show`: one run, from its record or from a Prometheus that scraped it."""

from __future__ import annotations

from typing import Annotated

import typer

from harness.lab.settings import runs_folder
from harness.observe.from_prometheus import scraped_run
from harness.observe.prometheus_api import Prometheus
from harness.record.reader import find_run
from surgeline.commands.options import Json, RunName
from surgeline.render.console import print_json
from surgeline.render.run import run_json, scraped_json, show_run, show_scraped


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
    """Shows one run, including a live or a killed one."""
    if from_prometheus:
        _show_scraped(name, from_prometheus, as_json)
        return
    record = find_run(runs_folder(), name)
    if as_json:
        print_json(run_json(record))
    else:
        show_run(record)


def _show_scraped(name: str, url: str, as_json: bool) -> None:
    seen = scraped_run(Prometheus(url), name)
    if as_json:
        print_json(scraped_json(seen, url))
    else:
        show_scraped(seen, url)
