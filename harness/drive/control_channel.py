"""The driver's two ears and its mouth: lines on standard input and output, the lab at the other end."""

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
    """What the lab says, a line each; reading waits without holding up the other greenlets."""
    with FileObject(sys.stdin.fileno(), "r", closefd=False) as lines:
        for line in lines:
            yield to_driver.validate_json(line)


def speaker() -> Say:
    """Keeps the real standard output for reports; what a journey prints goes to standard error."""
    out = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)

    def say(report: BaseModel) -> None:
        with suppress(BrokenPipeError):  # When the lab is gone, the record is what counts.
            out.write(report.model_dump_json() + "\n")

    return say
