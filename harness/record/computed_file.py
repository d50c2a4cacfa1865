"""Results that follow from records alone, in files beside the records, so that they are computed once.

The folder `.computed` of a runs folder may be deleted at any time. A file counts only for the records of which, and the
program by which it was made: its first line is a digest of the names, sizes and times of the records' files, and of
the program's own files, with the records' names. A file with another digest is not read, and neither is one that is
damaged. One with the name of a record that is gone is removed when the next result is written, and by the dashboard
when it lists the runs.
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
from mock_upstream.config.regular_file import UnreadableFileError, open_file, read_file

FOLDER, MOST_BYTES = ".computed", 64_000_000
_BETWEEN, _LONGEST_LINE = "/", 100_000


@dataclass(frozen=True, slots=True)
class ComputedFile:
    """Where the result of some records is, and its first line: what it follows from, and the records in that folder."""

    path: Path
    line: str

    @staticmethod
    def of(kind: str, records: Sequence[Record], program: str, besides: Iterable[Path] = ()) -> ComputedFile:
        """The file of a kind of result of these ended records in this order, which beside them follows from `besides`.

        It must be made before the records are read: what is written to them afterwards is then seen to be newer.
        `program` is a digest of the program's own files.
        """
        names, runs = _BETWEEN.join(record.folder.name for record in records), records[0].folder.parent
        here = _BETWEEN.join(record.folder.name for record in records if record.folder.parent == runs)
        place = runs / FOLDER / f"{kind}-{_hash(names)}.json"
        files = [file for record in records for file in _files(record.folder)]
        digest = _hash(f"{program}\n{names}\n{[_stamp(f) for f in (*files, *besides)]}")
        return ComputedFile(place, f"{digest}{_BETWEEN}{here}")

    def text(self) -> str | None:
        """The result as it was written; None where there is none of these records and this program."""
        try:
            line, _, found = read_file(self.path, MOST_BYTES).decode().partition("\n")
        except (UnreadableFileError, UnicodeDecodeError):
            return None
        return found if line == self.line else None

    def write(self, text: str) -> None:
        """Writes the result in place of the one before. A folder that cannot be written to has none.

        Links are not followed: in a runs folder from somebody else they could lead to any file.
        """
        if self.path.is_symlink() or self.path.parent.is_symlink():
            return
        with suppress(OSError):
            self.path.parent.mkdir(exist_ok=True)
            write_text(self.path, f"{self.line}\n{text}")
            remove_outdated(self.path.parent.parent)


def remove_outdated(runs: Path) -> None:
    """Removes results that name no record, or one which a runs folder no longer has, where it can be written to.

    Links are not followed.
    """
    place = runs / FOLDER
    for file in [] if place.is_symlink() else place.glob("*.json"):
        names = _names(file)
        if not names or not all((runs / name).is_dir() for name in names):
            with suppress(OSError):
                file.unlink()


def program_digest(*packages: ModuleType) -> str:
    """A digest of all files of some packages: another version of the program has another one."""
    found = blake2b(digest_size=16)
    for package in packages:
        for file in sorted(Path(package.__path__[0]).rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                found.update(f"{file.name} {file.stat().st_size}\n".encode() + file.read_bytes())
    return found.hexdigest()


def _names(file: Path) -> list[str]:
    """The records that a result's first line names; none in a file that is damaged, or of a version before."""
    try:
        with open_file(file, MOST_BYTES) as opened:
            return opened.readline(_LONGEST_LINE).decode().rstrip("\n").split(_BETWEEN)[1:]
    except (UnreadableFileError, UnicodeDecodeError):
        return []


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
