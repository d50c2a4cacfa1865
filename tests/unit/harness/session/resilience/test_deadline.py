"""Appointments at a deadline: with sockets that only remember what was done to them, and with real ones."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from time import monotonic
from types import SimpleNamespace

import pytest

from harness.session.resilience.deadline import DeadlineScheduler, DeadlineTimer
from tests.unit.harness.session.fakes import Clock


class Conn:
    """A connection whose socket went to the response, as with `Connection: close`."""

    sock = None


class Response:
    """A response that holds the socket."""

    def __init__(self) -> None:
        self.shut: list[int] = []
        self._sock_shutdown = self.shut.append


@pytest.fixture
def deadline_scheduler() -> DeadlineScheduler:
    """One whose thread does not run: the test keeps the appointments."""
    deadline_scheduler = DeadlineScheduler(Clock())
    deadline_scheduler._thread = object()  # type: ignore[assignment]
    return deadline_scheduler


def _made(deadline_scheduler: DeadlineScheduler, *times_s: float) -> list[tuple[DeadlineTimer, Response]]:
    found = []
    for time_s in times_s:
        cut, response = deadline_scheduler.at(time_s, Conn()), Response()
        cut.answered(response)
        found.append((cut, response))
    return found


def test_only_timers_that_are_due_fire(deadline_scheduler: DeadlineScheduler) -> None:
    late, early = _made(deadline_scheduler, 9.0, 5.0)
    assert deadline_scheduler.keep_due(6.0) == 9.0
    assert (early[0].due, early[1].shut) == (True, [socket.SHUT_RD])
    assert (late[0].due, late[1].shut) == (False, [])


def test_a_cancelled_timer_has_no_effect(deadline_scheduler: DeadlineScheduler) -> None:
    ((cut, response),) = _made(deadline_scheduler, 5.0)
    cut.cancel()
    assert deadline_scheduler.keep_due(6.0) is None
    assert (cut.due, response.shut) == (False, [])


def test_a_timer_fires_once(deadline_scheduler: DeadlineScheduler) -> None:
    ((cut, response),) = _made(deadline_scheduler, 5.0)
    deadline_scheduler.keep_due(6.0)
    cut.keep()
    assert len(response.shut) == 1


def test_a_timer_without_any_socket_is_due_and_ends_nothing(deadline_scheduler: DeadlineScheduler) -> None:
    cut = deadline_scheduler.at(5.0, Conn())
    deadline_scheduler.keep_due(6.0)
    assert (cut.due, cut.done) == (True, True)


def test_a_response_is_left_alone_where_the_connection_has_its_socket_still(
    deadline_scheduler: DeadlineScheduler, reading: socket.socket
) -> None:
    cut, response = deadline_scheduler.at(5.0, SimpleNamespace(sock=reading)), Response()
    cut.answered(response)
    deadline_scheduler.keep_due(6.0)
    assert reading.recv(1) == b"", "the socket has ended"
    assert response.shut == []


@pytest.fixture
def reading() -> Iterator[socket.socket]:
    """A socket whose peer never sends; its reader is shut down in time or fails after ten seconds."""
    near, far = socket.socketpair()
    near.settimeout(10.0)
    with near, far:
        yield near


def test_the_reader_of_a_socket_gets_the_end_at_the_deadline_and_not_before(reading: socket.socket) -> None:
    deadline_s = monotonic() + 0.1
    timer = DeadlineScheduler(monotonic).at(deadline_s, SimpleNamespace(sock=reading))
    assert reading.recv(1) == b""
    assert monotonic() >= deadline_s
    assert timer.due


def test_a_deadline_nearer_than_the_first_one_is_kept_in_time(reading: socket.socket) -> None:
    scheduler = DeadlineScheduler(monotonic)
    scheduler.at(monotonic() + 60.0, Conn())
    while not scheduler._changed._waiters:  # type: ignore[attr-defined] # Until its thread waits for the first one.
        pass
    scheduler.at(monotonic() + 0.1, SimpleNamespace(sock=reading))
    assert reading.recv(1) == b""


def test_the_thread_sleeps_until_the_next_deadline(reading: socket.socket) -> None:
    asked: list[float] = []

    def clock() -> float:
        asked.append(monotonic())
        return asked[-1]

    DeadlineScheduler(clock).at(monotonic() + 0.2, SimpleNamespace(sock=reading))
    assert reading.recv(1) == b""
    assert len(asked) < 10


def test_one_thread_serves_all_timers_and_does_not_keep_the_process_alive() -> None:
    scheduler = DeadlineScheduler(monotonic)
    for _ in range(3):
        scheduler.at(monotonic() + 60.0, Conn())
    thread = scheduler._thread
    assert thread is not None
    assert thread.daemon
    assert thread in threading.enumerate()


class Stop(Exception):
    """Ends the thread's loop."""


@pytest.mark.parametrize(("in_s", "waits_s"), [(None, None), (0.25, 0.25), (10_000.0, 3600.0)])
def test_the_thread_waits_until_the_next_deadline_for_an_hour_at_most(
    deadline_scheduler: DeadlineScheduler, in_s: float | None, waits_s: float | None
) -> None:
    waited: list[float | None] = []

    def wait(seconds: float | None) -> None:
        waited.append(seconds)
        raise Stop

    deadline_scheduler._changed = SimpleNamespace(wait=wait, notify=lambda: None)  # type: ignore[assignment]
    timer = None if in_s is None else deadline_scheduler.at(deadline_scheduler.clock() + in_s, Conn())
    with pytest.raises(Stop):
        deadline_scheduler._work()
    assert waited == [waits_s]
    assert timer is None or not timer.due


def test_a_timer_fires_at_its_moment(deadline_scheduler: DeadlineScheduler) -> None:
    ((cut, _),) = _made(deadline_scheduler, 5.0)
    assert deadline_scheduler.keep_due(5.0) is None
    assert cut.due


def test_a_timer_that_does_not_exist_any_more_is_left_out(deadline_scheduler: DeadlineScheduler) -> None:
    ((late, _),) = _made(deadline_scheduler, 9.0)
    found: list[DeadlineTimer | None] = [DeadlineTimer(deadline_scheduler, Conn())]
    deadline_scheduler.start(5.0, lambda: found[0])
    assert deadline_scheduler.keep_due(1.0) == 5.0
    found[0] = None
    assert deadline_scheduler.keep_due(2.0) == 9.0
    assert not late.due


@pytest.mark.parametrize(("when_s", "woken"), [(4.9, True), (5.0, False), (5.1, False)])
def test_only_a_timer_due_before_the_thread_wakes_anyway_wakes_it(
    deadline_scheduler: DeadlineScheduler, when_s: float, woken: bool
) -> None:
    notified: list[None] = []
    deadline_scheduler._changed = SimpleNamespace(notify=lambda: notified.append(None))  # type: ignore[assignment]
    deadline_scheduler._wakes_s = 5.0
    deadline_scheduler.at(when_s, Conn())
    assert bool(notified) is woken
