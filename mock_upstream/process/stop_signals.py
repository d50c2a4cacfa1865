"""SIGINT, SIGTERM and SIGHUP as one request to stop, and the exit code that it leads to."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from types import FrameType

REPEAT_S = 0.25
"""Signals this close together are one request: `timeout` and a closing terminal send the same signal twice."""


def exit_code(number: signal.Signals) -> int:
    """Return the exit code of a process that a signal has stopped, as shells count it: 130, 143 or 129."""
    return 128 + number


class Stopped(SystemExit):
    """A signal has stopped the process; `signal` is which one."""

    def __init__(self, number: signal.Signals) -> None:
        super().__init__(exit_code(number))
        self.signal = number


class StopSignals:
    """The first signal is raised as `Stopped`; it is only noted in `received` while it is held. A second one exits.

    Until `install` is called, nothing is received, and signals do what Python makes them do.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self.received: signal.Signals | None = None
        self._clock = clock
        self._received_s = 0.0
        self._held = 0
        self._immediate = False
        self._notify: Callable[[], object] | None = None

    def install(self, notify: Callable[[], object] | None = None) -> None:
        """Take over the signals of this process; `notify` is called in place of raising `Stopped`.

        A shell ignores SIGINT for what it starts with `&`; it stops the process all the same. A SIGHUP that is
        ignored, as `nohup` does, stays ignored.
        """
        self._notify = notify
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self.receive)

    def receive(self, number: int, frame: FrameType | None = None) -> None:  # noqa: ARG002
        """Handle a signal."""
        if self._immediate:
            os._exit(exit_code(signal.Signals(number)))
        if self.received is not None:
            if self._clock() - self._received_s > REPEAT_S:
                os._exit(exit_code(signal.Signals(number)))
            return
        self.received, self._received_s = signal.Signals(number), self._clock()
        if self._notify is not None:
            self._notify()
        elif not self._held:
            raise Stopped(self.received)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Only note a signal until the end of the block; `check` raises it afterwards."""
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1

    @contextmanager
    def immediate(self) -> Iterator[None]:
        """End the process at the first signal until the end of the block, in which there is nothing to close.

        For work that calls Python back from foreign code, such as a compiler's: an exception that is raised there
        does not leave it, and the work fails somewhere else.
        """
        self._immediate = True
        try:
            yield
        finally:
            self._immediate = False

    def check(self) -> None:
        """Raise Stopped when a signal has been received."""
        if self.received is not None:
            raise Stopped(self.received)


SIGNALS = StopSignals()
"""Those of this process."""
