"""Journals, logs and HARs that the page Learn offers: those of the runs folder and of the working folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SUFFIXES = (".jsonl", ".ndjson", ".log", ".har", ".log.gz", ".jsonl.gz")
MOST_BYTES, MOST_FILES, MOST_ENTRIES, MOST_LEVELS = 100_000_000, 200, 5_000, 3


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file with its size in bytes, and when it was written."""

    path: Path
    size: int
    written_ns: int

    @property
    def too_large(self) -> bool:
        """Whether the page leaves it to the command line."""
        return self.size > MOST_BYTES

    @property
    def label(self) -> str:
        """The path from the working folder, if it lies there, and the size."""
        here = Path.cwd()
        path = self.path.relative_to(here) if self.path.is_relative_to(here) else self.path
        return f"{path} ({self.size / 1e6:,.1f} MB)"


def source_files(folders: list[Path]) -> list[SourceFile]:
    """The newest files of these folders, three levels deep, without links and hidden folders; paths are absolute."""
    found = {each.path: each for folder in folders for each in _within(folder.resolve())}
    return sorted(found.values(), key=lambda each: -each.written_ns)[:MOST_FILES]


def _within(folder: Path) -> Iterator[SourceFile]:
    level, left = [folder], MOST_ENTRIES
    for _ in range(MOST_LEVELS):
        below: list[Path] = []
        for path in level:
            for entry in _entries(path):
                left -= 1
                if left < 0:
                    return
                if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
                    below.append(path / entry.name)
                elif entry.name.endswith(SUFFIXES) and entry.is_file(follow_symlinks=False):
                    status = entry.stat(follow_symlinks=False)
                    yield SourceFile(path / entry.name, status.st_size, status.st_mtime_ns)
        level = below


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    """What lies in a folder; nothing where it cannot be read."""
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []
