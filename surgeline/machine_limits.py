"""What the machine must allow every command, checked before anything large is loaded, and what to do where it ends."""

from __future__ import annotations

import errno
import resource
from collections.abc import Mapping

LEAST: Mapping[int, tuple[int, str, str]] = {
    resource.RLIMIT_NOFILE: (128, "open files", "ulimit -n 1024"),
    resource.RLIMIT_AS: (3_000_000_000, "bytes of virtual memory", "ulimit -v unlimited"),
}
"""At least how much, of what, and how to allow more. A driver reserves 2.3 GB of addresses, and uses a tenth of it."""
REMEDIES: Mapping[int, str] = {
    errno.EMFILE: "raise its limit of open files (ulimit -n)",
    errno.ENOSPC: "free disk space",
    errno.EDQUOT: "free disk space, or raise the quota",
    errno.EROFS: "name a folder on another disk",
    errno.ENFILE: "close other programs, or raise the machine's limit (sysctl fs.file-max)",
    errno.ENOMEM: "free memory, or raise the limit (ulimit -v, or that of the container)",
    errno.EAGAIN: "raise the limit of processes and threads (ulimit -u, or that of the container)",
}


def too_low() -> str:
    """Which limit of this process is too low for any command, in one line; "" where none is."""
    for kind, (least, what, remedy) in LEAST.items():
        soft, _ = resource.getrlimit(kind)
        if soft != resource.RLIM_INFINITY and soft < least:
            return f"this process may have {soft:,} {what} and needs {least:,}; allow more: {remedy}"
    return ""


def remedy_for(error: BaseException) -> str:
    """What to do about an error that tells that the machine has no more of something; "" for another one."""
    if isinstance(error, MemoryError):
        return REMEDIES[errno.ENOMEM]
    return REMEDIES.get(error.errno or 0, "") if isinstance(error, OSError) else ""
