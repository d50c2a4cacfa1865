"""A limit on processor time, which leaves no trace."""

from __future__ import annotations

import signal

import pytest

from benchmarks.time_limit import TooLongError, time_limit


def _computes_for_ever() -> None:
    while True:
        pass


def test_a_block_that_computes_for_ever_is_ended() -> None:
    with pytest.raises(TooLongError), time_limit(0.01):
        _computes_for_ever()


def test_a_block_that_waits_for_ever_is_ended() -> None:
    with pytest.raises(TooLongError), time_limit(0.001):
        signal.pause()


def test_handlers_and_timers_are_as_before() -> None:
    before = signal.getsignal(signal.SIGALRM), signal.getsignal(signal.SIGPROF)
    with time_limit(10.0):
        pass
    assert (signal.getsignal(signal.SIGALRM), signal.getsignal(signal.SIGPROF)) == before
    assert signal.getitimer(signal.ITIMER_REAL)[0] == signal.getitimer(signal.ITIMER_PROF)[0] == 0.0
