"""Signals that stop a process: the first is a request, the second ends it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from mock_upstream.process.stop_signals import Stopped, StopSignals, exit_code

NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture
def handlers() -> Iterator[None]:
    """The handlers of this process are the same after the test."""
    before = {number: signal.getsignal(number) for number in NUMBERS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_stops_with_the_code_that_shells_count(number: signal.Signals, code: int) -> None:
    with pytest.raises(Stopped) as stopped:
        StopSignals().receive(number)
    assert (stopped.value.signal, stopped.value.code, exit_code(number)) == (number, code, code)


def test_while_it_is_held_a_signal_is_only_noted() -> None:
    signals = StopSignals()
    with signals.held():
        signals.receive(signal.SIGTERM)
    assert signals.received == signal.SIGTERM
    with pytest.raises(Stopped):
        signals.check()


def test_without_a_signal_nothing_is_raised() -> None:
    StopSignals().check()


def test_a_signal_is_told_to_whoever_asked_for_it() -> None:
    heard: list[str] = []
    signals = StopSignals()
    signals._notify = lambda: heard.append("stop")
    signals.receive(signal.SIGHUP)
    assert heard == ["stop"]


def test_a_second_signal_ends_the_process_and_an_echo_of_the_first_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ended: list[int] = []
    monkeypatch.setattr(os, "_exit", ended.append)
    now_s = [10.0]
    signals = StopSignals(lambda: now_s[0])
    with signals.held():
        signals.receive(signal.SIGTERM)
        now_s[0] = 10.1
        signals.receive(signal.SIGTERM)
        assert ended == []
        now_s[0] = 11.0
        signals.receive(signal.SIGINT)
    assert ended == [130]


@pytest.mark.usefixtures("handlers")
def test_an_ignored_hangup_stays_ignored_and_an_ignored_interrupt_does_not() -> None:
    for number in NUMBERS:
        signal.signal(number, signal.SIG_IGN)
    signals = StopSignals()
    signals.install()
    taken = [number for number in NUMBERS if signal.getsignal(number) == signals.receive]
    assert taken == [signal.SIGINT, signal.SIGTERM]


def test_where_nothing_is_to_be_closed_the_first_signal_ends_the_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also inside foreign code that calls Python back, which would drop the exception."""
    left: list[int] = []
    monkeypatch.setattr(os, "_exit", left.append)
    signals = StopSignals()
    with signals.immediate(), pytest.raises(Stopped):
        signals.receive(signal.SIGTERM)
    assert left == [143]
    with pytest.raises(Stopped):
        StopSignals().receive(signal.SIGTERM)
