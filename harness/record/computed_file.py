"""Results that follow from records alone, in files beside the records, so that they are computed once.

The folder `.computed` of a runs folder may be deleted at any time. A file counts only for the records of which, and the
program by which it was made: its first line is a digest of the names, sizes and times of the records' files, and of
the program's own files. A file with another digest is not read, and neither is one that is damaged.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from types import ModuleType

from harness.model.atomic import write_text
from harness.record.notes import FILE as NOTES
from harness.record.reader import Record
from harness.record.tags import FILE as TAGS
from mock_upstream.config.regular_file import UnreadableFileError, read_file

FOLDER, MOST_BYTES = ".computed", 64_000_000


@dataclass(frozen=True, slots=True)
class ComputedFile:
    """Where the result of some records is, and the digest of all that it follows from."""

    path: Path
    digest: str

    @staticmethod
    def of(kind: str, records: Sequence[Record], program: str, besides: Iterable[Path] = ()) -> ComputedFile:
        """The file of a kind of result of these ended records in this order, which beside them follows from `besides`.

        It must be made before the records are read: what is written to them afterwards is then seen to be newer.
        `program` is a digest of the program's own files.
        """
        names = "\n".join(record.folder.name for record in records)
        place = records[0].folder.parent / FOLDER / f"{kind}-{_hash(names)}.json"
        files = [file for record in records for file in _files(record.folder)]
        return ComputedFile(place, _hash(f"{program}\n{names}\n{[_stamp(f) for f in (*files, *besides)]}"))

    def text(self) -> str | None:
        """The result as it was written; None where there is none of these records and this program."""
        try:
            digest, _, found = read_file(self.path, MOST_BYTES).decode().partition("\n")
        except (UnreadableFileError, UnicodeDecodeError):
            return None
        return found if digest == self.digest else None

    def write(self, text: str) -> None:
        """Writes the result in place of the one before. A folder that cannot be written to has none.

        Links are not followed: in a runs folder from somebody else they could lead to any file.
        """
        if self.path.is_symlink() or self.path.parent.is_symlink():
            return
        with suppress(OSError):
            self.path.parent.mkdir(exist_ok=True)
            write_text(self.path, f"{self.digest}\n{text}")


def program_digest(*packages: ModuleType) -> str:
    """A digest of all files of some packages: another version of the program has another one."""
    found = blake2b(digest_size=16)
    for package in packages:
        for file in sorted(Path(package.__path__[0]).rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                found.update(f"{file.name} {file.stat().st_size}\n".encode() + file.read_bytes())
    return found.hexdigest()


def _files(folder: Path) -> list[Path]:
    """The files of a record; tags and notes are no part of it."""
    with os.scandir(folder) as entries:
        return [folder / name for name in sorted(e.name for e in entries) if name not in (TAGS, NOTES)]


def _stamp(file: Path) -> tuple[str, int, int, int]:
    """A file's name, size and times of writing and of change; zeros where there is none."""
    try:
        seen = file.stat()
    except OSError:
        return file.name, 0, 0, 0
    return file.name, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns


def _hash(text: str) -> str:
    return blake2b(text.encode(), digest_size=16).hexdigest()
