"""A record that cannot be written: the cause in one line, and its remedy."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.model.errors import MachineError

REMEDIES = {
    "free disk space": {errno.ENOSPC, errno.EDQUOT, errno.EFBIG},
    "allow this user to write there, or set SURGELINE_RUNS to another folder": {
        errno.EROFS, errno.EACCES, errno.EPERM,
    },
    "check the disk": {errno.EIO},
    "leave the folder of runs in place until the run is over": {errno.ENOENT},
    "set SURGELINE_RUNS to another folder": {
        errno.ENOTDIR, errno.EEXIST, errno.ELOOP, errno.ENAMETOOLONG,
    },
}  # fmt: skip


@contextmanager
def writing(root: Path, run: str) -> Iterator[None]:
    """A record that cannot be written, as on a full disk, is one line; what was written stays readable."""
    try:
        yield
    except OSError as error:
        remedy = next((remedy for remedy, codes in REMEDIES.items() if error.errno in codes), None)
        if remedy is None:
            raise
        if (root / run / "run.json").is_file():
            remedy = f"{remedy}; `surgeline show {run}` opens what was recorded"
        raise MachineError(
            str(root), "", f"cannot be written: {os.strerror(error.errno or 0)}; {remedy}"
        ) from error
