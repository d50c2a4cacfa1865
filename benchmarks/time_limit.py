"""A limit on how long a block of code may take."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

WAITS_PER_WORK = 12.0
"""How many seconds may pass for each of processor time: a busy machine is no fault of the code, a wait for ever is."""


class TooLongError(BaseException):
    """The block takes longer than it may; no handler of errors catches it."""


@contextmanager
def time_limit(processor_s: float) -> Iterator[None]:
    """Raises TooLongError in the block after so much processor time, or twelve times as long. In the main thread."""
    handlers = {number: signal.signal(number, _too_long) for number in (signal.SIGPROF, signal.SIGALRM)}
    signal.setitimer(signal.ITIMER_PROF, processor_s)
    signal.setitimer(signal.ITIMER_REAL, processor_s * WAITS_PER_WORK)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _too_long(*_: object) -> None:
    raise TooLongError
