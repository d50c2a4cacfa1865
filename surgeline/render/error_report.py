"""The details of an error that nobody foresaw, in a file, so that the terminal gets one line."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from datetime import UTC, datetime
from pathlib import Path

from harness.lab.settings import runs_folder
from harness.model.errors import SurgelineError

MOST_CHARACTERS = 1_000_000


def write_error_report(error: BaseException) -> Path | None:
    """Writes the traceback to a new file in the runs folder, or else in the temporary folder; None if neither works."""
    text = "".join(traceback.format_exception(error, limit=-100))[-MOST_CHARACTERS:]
    name = f"surgeline-error-{datetime.now(UTC):%Y%m%d-%H%M%S}-{os.getpid()}.txt"
    head = f"Python {sys.version}\nArguments: {sys.argv[1:]!a}\n\n"
    for folder in _folders():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(head + text, encoding="utf-8", errors="backslashreplace")
        except OSError:
            continue
        return folder / name
    return None


def _folders() -> list[Path]:
    try:
        return [runs_folder(), Path(tempfile.gettempdir())]
    except (SurgelineError, OSError):
        return [Path(tempfile.gettempdir())]
