"""Standard output and standard error, which may be closed, a full device, or a pipe whose reader has left."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

OUTPUT_LOST, READER_LEFT = 74, 141
"""Exit codes: EX_IOERR of sysexits(3), and what a shell reports for a program that SIGPIPE ended."""


def open_closed_streams() -> None:
    """Opens the null device in place of each standard stream that is closed; what is written there is dropped.

    Otherwise the next file that is opened would be standard output to every child process.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


def output_problem() -> OSError | None:
    """Why standard output does not take what was printed; None when it does."""
    try:
        sys.stdout.flush()
    except OSError as error:
        return error
    return None


def drop_output() -> None:
    """Sends what was not written to the null device, so that the interpreter's exit does not fail by it."""
    with suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)
