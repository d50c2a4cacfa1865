"""A folder of files for people, written whole."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from harness.model.atomic import write_text
from harness.model.errors import ConfigError


def write_folder(folder: Path, texts: Mapping[str, str], place: str = "--out") -> list[str]:
    """Writes each text under its name and returns the paths. Raises ConfigError, which names `place`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            write_text(folder / name, text)
    except OSError as error:
        problem = f"cannot be written: {error.strerror}; choose another folder"
        raise ConfigError(place, str(folder), problem) from None
    return [str(folder / name) for name in texts]
