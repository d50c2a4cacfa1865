"""The driver's control channel: lines on standard input and output, to and from the lab."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress

from gevent.fileobject import FileObject
from pydantic import BaseModel

from harness.model.driver_messages import to_driver

Say = Callable[[BaseModel], None]


def orders() -> Iterator[BaseModel]:
    """The lab's messages, one per line; reading does not block the other greenlets."""
    with FileObject(sys.stdin.fileno(), "r", closefd=False) as lines:
        for line in lines:
            yield to_driver.validate_json(line)


def speaker() -> Say:
    """Keeps the real standard output for reports; what a journey prints goes to standard error."""
    out = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)

    def say(report: BaseModel) -> None:
        with suppress(BrokenPipeError):  # The lab has ended: only the record matters now.
            out.write(report.model_dump_json() + "\n")

    return say
