"""`surgeline learn`: an upstream and a scenario from what production saw."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.model.atomic import write_text
from harness.model.errors import ConfigError
from surgeline.commands.options import Json
from surgeline.render.console import print_json

PAGE = "learned.md"


def learn(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="Journals, access logs or spans; the oldest first."),
    ],
    folder: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="The folder for the files.")] = Path(
        "learned"
    ),
    log_format: Annotated[
        str,
        typer.Option("--log-format", help="The access log's format, as the server's configuration has it."),
    ] = "",
    beside: Annotated[
        list[Path],
        typer.Option(help="A second source of the same server's requests, which shows hidden traffic."),
    ] = [],
    allow_gaps: Annotated[
        bool, typer.Option("--allow-gaps", help="Nobody called when the log is silent; nothing is missing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Estimates an upstream, arrivals and routes from a journal or access logs, and says what cannot be known."""
    from dashboard.report.learned_plots import learned_plots
    from harness.learn.estimate import learn as estimated
    from harness.learn.written_files import written_texts
    from surgeline.render.learned import learned_page, show_learned

    found = estimated(files, log_format, beside=beside, allow_gaps=allow_gaps)
    plots = learned_plots(found)
    page = learned_page(found, {title: name for title, (name, _) in plots.items()})
    written = _written(folder, {**written_texts(found), PAGE: page, **dict(plots.values())})
    if as_json:
        print_json({**found.model_dump(exclude={"arrivals": {"times_s"}}), "written": written})
    else:
        show_learned(found, written)


def _written(folder: Path, texts: dict[str, str]) -> list[str]:
    """Writes the files and returns their paths. Raises ConfigError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            write_text(folder / name, text)
    except OSError as error:
        raise ConfigError(
            "--out", str(folder), f"cannot be written: {error.strerror}; choose another folder"
        ) from None
    return [str(folder / name) for name in texts]
