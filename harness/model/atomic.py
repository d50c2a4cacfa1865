"""Files and folders that appear whole or not at all: made beside their place, and moved there when they are complete.

A process that is killed at any moment leaves the old or the new one. What it may leave beside it begins with a dot and
ends with `.draft`, so that no listing takes it for a file or a run.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

_DEFAULT_MODE = 0o666


def write_text(path: Path, text: str) -> None:
    """Writes a file in place of the one before; a reader sees the old or the new one, never a part. Raises OSError.

    A device or a pipe, such as /dev/stdout, cannot be replaced and is written to as it is; a pipe must have a reader.
    """
    if path.exists() and not path.is_file():
        with open(path, "w", encoding="utf-8", opener=_without_waiting) as file:
            file.write(text)
        return
    with replacing(path) as draft:
        draft.write_text(text, encoding="utf-8")


@contextmanager
def replacing(path: Path, mode: int | None = None) -> Iterator[Path]:
    """An empty draft to fill, which takes the place of `path` when the block ends well and is removed when it raises.

    The file has `mode` from its first moment; without one it has that of the file before. A link stays a link, to the
    new file. Raises OSError.
    """
    place = Path(os.path.realpath(path))
    draft = _draft_of(place)
    try:
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode or _DEFAULT_MODE))
        if mode is None and place.exists():
            draft.chmod(stat.S_IMODE(place.stat().st_mode))
        yield draft
        os.replace(draft, place)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A draft of a folder to fill, which gets the name `path` when the block ends well and is removed when it raises.

    Folders above it are made. Raises OSError, also when something has that name already and is not an empty folder.
    """
    draft = _draft_of(path)
    try:
        draft.mkdir(parents=True)
        yield draft
        draft.rename(path)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def numbered(name: str) -> Iterator[str]:
    """`name`, then `name`-2, `name`-3, and so on: the names to try where one is taken."""
    yield name
    for number in count(2):
        yield f"{name}-{number}"


def is_taken(error: OSError) -> bool:
    """Whether `new_folder` failed because another folder has the name."""
    return error.errno in {errno.EEXIST, errno.ENOTEMPTY}


def _without_waiting(path: str, flags: int) -> int:
    """Opens a file; for a pipe without a reader, raises OSError instead of waiting for one."""
    descriptor = os.open(path, flags | os.O_NONBLOCK)
    os.set_blocking(descriptor, True)
    return descriptor


def _draft_of(path: Path) -> Path:
    """A name beside `path` under which nothing is looked for; several writers get several names."""
    return path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.draft")
