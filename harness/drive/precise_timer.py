"""Wakes a greenlet at a moment on the monotonic clock, to tens of microseconds.

gevent's own timers end in epoll_wait, which counts in whole milliseconds and rounds up: every arrival would be
late by half a millisecond on average. A timerfd becomes readable at the moment itself, and has precedence over
other ready greenlets. See timerfd_create(2).
"""

from __future__ import annotations

import ctypes
import os
from time import CLOCK_MONOTONIC, monotonic

import gevent

_NONBLOCK_CLOEXEC, _ABSOLUTE = os.O_NONBLOCK | os.O_CLOEXEC, 1
_LEAST_S = 50e-6
_libc = ctypes.CDLL(None, use_errno=True)


class _Spec(ctypes.Structure):
    _fields_ = (
        ("interval_s", ctypes.c_long),
        ("interval_ns", ctypes.c_long),
        ("value_s", ctypes.c_long),
        ("value_ns", ctypes.c_long),
    )


class PreciseTimer:
    """One timerfd, for one greenlet at a time. Raises OSError when the system has none left."""

    def __init__(self) -> None:
        self._fd = _libc.timerfd_create(CLOCK_MONOTONIC, _NONBLOCK_CLOEXEC)
        if self._fd < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create failed")
        self._hub = gevent.get_hub()
        self._readable = self._hub.loop.io(self._fd, 1, priority=self._hub.loop.MAXPRI)

    def sleep_until(self, moment_s: float) -> None:
        """Returns at `moment_s`, a reading of time.monotonic(); immediately when that is past or nearly so."""
        if moment_s - monotonic() < _LEAST_S:
            return
        whole_s = int(moment_s)
        spec = _Spec(0, 0, whole_s, int((moment_s - whole_s) * 1e9))
        if _libc.timerfd_settime(self._fd, _ABSOLUTE, ctypes.byref(spec), None) < 0:
            raise OSError(ctypes.get_errno(), "timerfd_settime failed")
        self._hub.wait(self._readable)
        os.read(self._fd, 8)

    def close(self) -> None:
        """Closes the timerfd."""
        self._readable.stop()
        os.close(self._fd)
