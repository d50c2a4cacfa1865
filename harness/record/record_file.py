"""Writes one small file of a record whole, or says in a line why it cannot."""

from __future__ import annotations

import os
from pathlib import Path

from harness.model.atomic import write_text
from harness.model.errors import RecordError


def write_record_file(path: Path, text: str) -> None:
    """Writes a file in place of the one before; its folder must be there. Raises RecordError."""
    try:
        write_text(path, text)
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)
        raise RecordError(str(path), "", f"cannot be written: {why}") from None
