"""`surgeline report`: recorded runs as one HTML file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness import lab, terminal
from harness.model.errors import BadInput
from harness.model.verdict import Comparison
from harness.record.reader import Record, find_run


def report(
    names: Annotated[list[str], typer.Argument(metavar="RUN...", help="One run, or several to compare.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The HTML file.")] = Path("report.html"),
) -> None:
    """Writes a self-contained HTML report of recorded runs."""
    records = [find_run(lab.runs_folder(), name) for name in names]
    result = lab.comparison(records) if len(records) > 1 else None
    write_report(output, records, result)


def write_report(path: Path, records: list[Record], comparison: Comparison | None) -> None:
    """Writes the page. Raises BadInput where it can't be written."""
    from dashboard.report import report as as_html

    write(path, as_html(records, comparison))


def write(path: Path, text: str) -> None:
    """Writes a file that was asked for, and says where. Raises BadInput where it can't be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadInput(str(path), "", f"can't be written: {error.strerror}") from None
    terminal.err.print(f"written: {path}", highlight=False, soft_wrap=True)
