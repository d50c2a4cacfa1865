"""Appointments at a deadline, with sockets that only remember what was done to them."""

from __future__ import annotations

import socket

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
