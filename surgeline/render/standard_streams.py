"""Standard output and standard error, which may be closed, a full device, or a pipe whose reader has left."""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from typing import Any, TextIO

OUTPUT_LOST, READER_LEFT = 74, 141
"""Exit codes: EX_IOERR of sysexits(3), and what a shell reports for a program that SIGPIPE ended."""


class OutputLostError(Exception):
    """Standard output took nothing more. It is no OSError, so that no library handles it in its own way."""

    def __init__(self, problem: OSError) -> None:
        super().__init__(problem.strerror or str(problem))
        self.exit_code = READER_LEFT if isinstance(problem, BrokenPipeError) else OUTPUT_LOST


class _Output(io.FileIO):
    def write(self, data: Any, /) -> int:
        """Writes to the descriptor, or raises OutputLostError."""
        try:
            return super().write(data)
        except OSError as error:
            raise OutputLostError(error) from None


def open_standard_streams() -> None:
    """Makes standard output raise OutputLostError, and gives each closed stream the null device.

    Without that the next file that is opened would be standard output to every child process.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free
    if sys.stderr is None:
        sys.stderr = _text(io.FileIO(2, "w", closefd=False), "backslashreplace")
    if sys.stdout is None or _is_standard_output(sys.stdout):
        sys.stdout = _text(_Output(1, "w", closefd=False), getattr(sys.stdout, "errors", "strict"))


def _is_standard_output(stream: TextIO) -> bool:
    return stream is sys.__stdout__ and stream.fileno() == 1


def drop_output() -> None:
    """Sends what could not be written to the null device, so that it does not fail once more at the exit."""
    if not isinstance(getattr(getattr(sys.stdout, "buffer", None), "raw", None), _Output):
        return  # somebody else's, such as a test's
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, stream.fileno())
            os.close(null)


def _text(raw: io.FileIO, errors: str | None) -> io.TextIOWrapper:
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    line_buffering = raw.isatty() or raw.fileno() == 2
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding, errors, line_buffering=line_buffering)
