"""Regular files of bounded size; a pipe, a device or a folder is refused, because reading it may never end."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

MOST_BYTES = 1_000_000
"""The largest file of TOML, as people write it."""
MOST_JSON_BYTES = 4_000_000
"""The largest file of JSON, which programs write too, with the values of a CSV in it."""

_KINDS = {
    stat.S_IFDIR: "is a folder",
    stat.S_IFIFO: "is a pipe",
    stat.S_IFSOCK: "is a socket",
    stat.S_IFCHR: "is a device",
    stat.S_IFBLK: "is a device",
}


class UnreadableFileError(Exception):
    """A file that cannot be read; `str()` says why, as a predicate. `missing` when there is none."""

    def __init__(self, problem: str, *, missing: bool = False) -> None:
        super().__init__(problem)
        self.missing = missing


def read_file(path: Path, most_bytes: int = MOST_BYTES) -> bytes:
    """Return the bytes of a regular file, or raise UnreadableFileError."""
    with open_file(path, most_bytes) as file:
        data = file.read(most_bytes + 1)
    if len(data) > most_bytes:  # it grows
        raise _too_large(most_bytes)
    return data


@contextmanager
def open_file(path: Path, most_bytes: int) -> Iterator[BinaryIO]:
    """Open a regular file of at most `most_bytes`, or raise UnreadableFileError; also while it is read."""
    with _opened(path) as file:
        found = os.fstat(file.fileno())
        kind = stat.S_IFMT(found.st_mode)
        if kind != stat.S_IFREG:
            raise UnreadableFileError(f"{_KINDS.get(kind, 'is no file')}; name a regular file")
        if found.st_size > most_bytes:
            raise _too_large(most_bytes)
        try:
            yield file
        except OSError as error:
            raise _unreadable(error) from None


def _opened(path: Path) -> BinaryIO:
    try:
        return open(path, "rb", opener=_without_waiting)
    except (FileNotFoundError, NotADirectoryError):
        raise UnreadableFileError("does not exist", missing=True) from None
    except IsADirectoryError:
        raise UnreadableFileError("is a folder; name a regular file") from None
    except OSError as error:
        raise _unreadable(error) from None
    except ValueError:  # open() refuses such a path before it asks the system
        raise UnreadableFileError("cannot be read (its path contains a null character)") from None


def _unreadable(error: OSError) -> UnreadableFileError:
    why = error.strerror or str(error)
    return UnreadableFileError(f"cannot be read ({why}); check its path and permissions")


def _without_waiting(path: str, flags: int) -> int:
    """Opens a pipe without a writer immediately, and never makes a terminal the process's own."""
    return os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY)


def _too_large(most_bytes: int) -> UnreadableFileError:
    return UnreadableFileError(f"is larger than {most_bytes / 1e6:g} MB; make it smaller")
