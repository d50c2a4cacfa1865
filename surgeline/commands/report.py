"""`surgeline report`: recorded runs as one HTML file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.lab.settings import runs_folder
from harness.model.atomic import write_text
from harness.model.errors import ConfigError
from harness.model.verdict import Comparison
from harness.record.reader import Record, find_run
from surgeline.render.console import err


def report(
    names: Annotated[list[str], typer.Argument(metavar="RUN...", help="One run, or several to compare.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The HTML file to write.")] = Path(
        "report.html"
    ),
) -> None:
    """Writes a self-contained HTML report of recorded runs."""
    from harness.assess.runs import compare_records

    records = [find_run(runs_folder(), name) for name in names]
    result = compare_records(records) if len(records) > 1 else None
    write_report(output, records, result)


def write_report(path: Path, records: list[Record], comparison: Comparison | None) -> None:
    """Writes the page. Raises ConfigError where it cannot be written."""
    from dashboard.report.html import html_report as as_html

    write_file(path, as_html(records, comparison))


def write_file(path: Path, text: str) -> None:
    """Writes a file that was requested, and prints its path. Raises ConfigError where it cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, text)
    except OSError as error:
        raise ConfigError(str(path), "", f"cannot be written: {error.strerror}") from None
    err.print(f"Wrote {path}", soft_wrap=True)
