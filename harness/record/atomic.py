"""Files that appear whole or not at all: written beside their place, and moved there when they are complete."""

from __future__ import annotations

import os
import uuid
from pathlib import Path


def write_text(path: Path, text: str) -> None:
    """Writes a file in place of the one before; a reader sees the old or the new one, never a part. Raises OSError."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, data: bytes) -> None:
    """Like `write_text`. The draft's name begins with a dot, so that no listing takes it for the file."""
    draft = draft_of(path)
    try:
        draft.write_bytes(data)
        os.replace(draft, path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


def draft_of(path: Path) -> Path:
    """A name beside `path` under which nothing is looked for; several writers get several names."""
    return path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.draft")
