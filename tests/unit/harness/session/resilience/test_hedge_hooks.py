"""What an attempt's connection tells the race of its request."""

from __future__ import annotations

import gc
import threading
from types import SimpleNamespace
from typing import Any

import pytest

from harness.model.hedge_settings import NotHedged
from harness.session.resilience import hedge_hooks
from harness.session.resilience.call_context import CallContext, current
from harness.session.resilience.hedge_hooks import connected, heard
from tests.unit.harness.session.fakes import Clock


class Connection:
    """A connection that notes what it does."""

    def __init__(self, *, opened: bool = True) -> None:
        self.sock = object() if opened else None
        self.did: list[str] = []

    def connect(self) -> None:
        self.did.append("connect")
        self.sock = object()

    def getresponse(self) -> str:
        self.did.append("getresponse")
        return "a response"


class Race:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.first, self.told = CallContext(None, race=self), []  # type: ignore[arg-type]

    def join(self, context: CallContext) -> None:
        self.told.append(("join", context))

    def out(self, context: CallContext, conn: Any) -> None:
        assert "getresponse" not in conn.did, "the request is sent before the response is read"
        self.told.append(("out", context, conn))


def read(conn: Connection, context: CallContext | None) -> str:
    """What reading the response gives to a call with this context."""
    token = current.set(context)
    try:
        return conn.getresponse()
    finally:
        current.reset(token)


def test_the_race_is_told_when_the_request_is_sent() -> None:
    race, conn = Race(), Connection()
    connected(race.first, conn)
    assert race.told == []
    assert read(conn, race.first) == "a response"
    assert race.told == [("out", race.first, conn)]


def test_a_hedge_opens_its_connection_before_it_joins() -> None:
    race, conn = Race(), Connection(opened=False)
    hedge = CallContext(None, race=race)  # type: ignore[arg-type]
    connected(hedge, conn)
    assert (conn.did, race.told) == (["connect"], [("join", hedge)])


def test_a_hedge_on_an_open_connection_joins_at_once() -> None:
    race, conn = Race(), Connection()
    hedge = CallContext(None, race=race)  # type: ignore[arg-type]
    connected(hedge, conn)
    assert (conn.did, race.told) == ([], [("join", hedge)])


def test_the_caller_s_attempt_opens_its_connection_later_and_does_not_join() -> None:
    race, conn = Race(), Connection(opened=False)
    connected(race.first, conn)
    assert (conn.did, race.told) == ([], [])


def test_a_connection_that_is_used_again_tells_its_race_once() -> None:
    race, conn = Race(), Connection()
    for _ in range(3):
        connected(race.first, conn)
    read(conn, race.first)
    assert len(race.told) == 1


@pytest.mark.parametrize("context", [None, CallContext(None)], ids=["no call", "no race"])
def test_a_connection_of_a_race_serves_other_calls_as_before(context: CallContext | None) -> None:
    race, conn = Race(), Connection()
    connected(race.first, conn)
    assert read(conn, context) == "a response"
    assert race.told == []


def test_a_connection_lives_no_longer_for_being_watched() -> None:
    race, conn = Race(), Connection()
    connected(race.first, conn)
    closed = threading.Event()
    conn.__class__.__del__ = lambda _: closed.set()  # type: ignore[attr-defined]
    gc.disable()
    try:
        del conn
        assert closed.is_set()
    finally:
        gc.enable()
        del Connection.__del__


@pytest.mark.parametrize("unhedged", [NotHedged.METHOD, None])
def test_an_attempt_without_a_race_says_why_it_is_not_hedged(
    monkeypatch: pytest.MonkeyPatch, unhedged: NotHedged | None
) -> None:
    attempt = SimpleNamespace(unhedged="")
    monkeypatch.setattr(hedge_hooks, "current_trace", lambda: SimpleNamespace(attempt=attempt))
    conn = Connection()
    connected(CallContext(None, unhedged=unhedged), conn)
    assert attempt.unhedged == ("" if unhedged is None else unhedged.value)
    assert "getresponse" not in conn.__dict__


@pytest.mark.parametrize("trace", [None, SimpleNamespace(attempt=None)])
def test_an_attempt_that_is_not_traced_says_nothing(monkeypatch: pytest.MonkeyPatch, trace: object) -> None:
    monkeypatch.setattr(hedge_hooks, "current_trace", lambda: trace)
    connected(CallContext(None, unhedged=NotHedged.METHOD), Connection())


@pytest.mark.parametrize(
    ("learns", "status", "expected_s"),
    [(True, 200, [0.5]), (True, 503, [0.5]), (True, None, []), (False, 200, [])],
)
def test_the_time_to_the_head_counts_where_the_delay_is_learned(
    learns: bool, status: int | None, expected_s: list[float]
) -> None:
    took_s: list[float] = []
    clock = Clock(100.5)
    hedging = SimpleNamespace(lock=threading.Lock(), timers=SimpleNamespace(clock=clock))
    context = CallContext(None, hedges=SimpleNamespace(learns=learns, took=took_s.append))  # type: ignore[arg-type]
    heard(hedging, context, status, 100.0)  # type: ignore[arg-type]
    assert took_s == expected_s


def test_an_attempt_that_cannot_be_hedged_teaches_nothing() -> None:
    heard(SimpleNamespace(), CallContext(None), 200, 100.0)  # type: ignore[arg-type]
