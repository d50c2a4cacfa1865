"""Temporary folders that name the process that owns them, so that those of dead processes can be removed."""

import os
import re
import shutil
import tempfile
import zlib
from pathlib import Path

_NAME = re.compile(r"surgeline-([0-9a-f]{8})-([0-9]{1,10})-([0-9]{1,20})-")
_BOOT = Path("/proc/sys/kernel/random/boot_id")
_UNKNOWN = "unknown"


def owned_folder() -> tempfile.TemporaryDirectory[str]:
    """Return a new temporary folder of this process."""
    pid = os.getpid()
    return tempfile.TemporaryDirectory(prefix=f"surgeline-{_place()}-{pid}-{_started(pid)}-")


def sweep_folders() -> None:
    """Remove the folders whose owners have ended. A folder is kept when its owner cannot be judged from here."""
    place = _place()
    if place == _UNKNOWN:
        return
    for folder in Path(tempfile.gettempdir()).glob("surgeline-*-*-*-*"):
        found = _NAME.match(folder.name)
        if found is None or found[1] != place or _started(int(found[2])) == int(found[3]):
            continue
        shutil.rmtree(folder, ignore_errors=True)  # fails for another user's, and for a link


def _place() -> str:
    """Return where process ids are unique: one boot of one machine, one PID namespace of it; a sandbox may hide it."""
    try:
        boot_id, namespace = _BOOT.read_text(), os.readlink("/proc/self/ns/pid")
    except OSError:
        return _UNKNOWN
    return f"{zlib.crc32((boot_id + namespace).encode()):08x}"


def _started(pid: int) -> int:
    """Return when the process started, in clock ticks since boot; 0 when there is no such process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return 0
    return int(stat.rpartition(")")[2].split()[19])
