"""Appointments at a deadline, with sockets that only remember what was done to them."""

from __future__ import annotations

import socket

import pytest

from harness.session.deadline import Cut, Cutter
from tests.unit.session.fakes import Clock


class Conn:
    """A connection whose socket went to the response, as with `Connection: close`."""

    sock = None


class Response:
    """A response that holds the socket."""

    def __init__(self) -> None:
        self.shut: list[int] = []
        self._sock_shutdown = self.shut.append


@pytest.fixture
def cutter() -> Cutter:
    """One whose thread does not run: the test keeps the appointments."""
    cutter = Cutter(Clock())
    cutter._thread = object()  # type: ignore[assignment]
    return cutter


def _made(cutter: Cutter, *times_s: float) -> list[tuple[Cut, Response]]:
    found = []
    for time_s in times_s:
        cut, response = cutter.at(time_s, Conn()), Response()
        cut.answered(response)
        found.append((cut, response))
    return found


def test_what_is_due_is_shut_down_and_the_rest_is_not(cutter: Cutter) -> None:
    late, early = _made(cutter, 9.0, 5.0)
    assert cutter.keep_due(6.0) == 9.0
    assert (early[0].due, early[1].shut) == (True, [socket.SHUT_RD])
    assert (late[0].due, late[1].shut) == (False, [])


def test_a_cancelled_appointment_touches_nothing(cutter: Cutter) -> None:
    ((cut, response),) = _made(cutter, 5.0)
    cut.cancel()
    assert cutter.keep_due(6.0) is None
    assert (cut.due, response.shut) == (False, [])


def test_an_appointment_is_kept_once(cutter: Cutter) -> None:
    ((cut, response),) = _made(cutter, 5.0)
    cutter.keep_due(6.0)
    cut.keep()
    assert len(response.shut) == 1
