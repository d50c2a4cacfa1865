"""One command at a time: what is started from the pages waits for what was started before it.

Two loads at once on one machine would measure each other. Each job holds a lock on its own output for as long as a
process of it lives, so nobody has to tell when it ended, and a later job waits for the locks of all earlier ones.
"""

from __future__ import annotations

import fcntl
import os
import signal
import sys
from pathlib import Path
from typing import BinaryIO

TURN = "SURGELINE_JOB_OUTPUT"
"""The environment variable that names a job's own output."""


def hold(output: BinaryIO) -> None:
    """Locks a job's output before it starts. The lock is inherited with the file, and ends with its last process."""
    fcntl.flock(output, fcntl.LOCK_EX)


def wait_for_turn(output: Path) -> None:
    """Returns when every job of an earlier name in the same folder has ended."""
    for earlier in sorted(path for path in output.parent.glob("*.log") if path.name < output.name):
        with earlier.open("rb") as other:
            fcntl.flock(other, fcntl.LOCK_SH)


def main() -> None:
    """Waits, then runs the command line with this process's arguments. Exits with 130 when it is stopped before."""
    usual = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        wait_for_turn(Path(os.environ.pop(TURN)))
        signal.signal(signal.SIGTERM, usual)
    except KeyboardInterrupt:
        print("Stopped while it waited for an earlier command.", file=sys.stderr)  # noqa: T201 - its output is a log
        sys.exit(130)
    from importlib import import_module

    import_module("surgeline.cli").main()
