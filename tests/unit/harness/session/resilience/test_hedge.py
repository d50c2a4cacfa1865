"""The race of one request: who wins, who is ended, and what the caller gets. Attempts are scripted functions."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest
from urllib3.util import Retry

from harness.model.hedge_settings import HedgeSettings, NotHedged
from harness.session.resilience import hedge
from harness.session.resilience.bulkhead import Bulkhead
from harness.session.resilience.call_context import CallContext
from harness.session.resilience.deadline import DeadlineScheduler
from harness.session.resilience.hedge import Hedging, Race, Superseded
from tests.unit.harness.session.fakes import Clock

WAIT_S = 5.0


class Response:
    """A response that knows whether it was closed."""

    def __init__(self, status: int) -> None:
        self.status, self.closed, self.released = status, False, False

    def close(self) -> None:
        self.closed = True

    def release_conn(self) -> None:
        self.released = True


class Script:
    """What each attempt does, in the order in which they are sent; `sent` are the attempts."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, *steps: Callable[[CallContext], int], **given: Any
    ) -> None:
        self.hedging = Hedging(HedgeSettings(**{"delay_s": 0.0, **given}), DeadlineScheduler(time.monotonic))
        self.responses: list[Response] = []
        self.sent: list[CallContext] = []
        self.reasons: list[NotHedged | None] = []
        self._steps = list(steps)
        monkeypatch.setattr(hedge, "shut_down", lambda conn: conn.set())
        self.race = Race(
            self.hedging,
            self.hedging.host("h"),
            self.hedging.host("h").delay_s or 0.0,
            self,
            CallContext(None),
            ((), {}),
        )

    def admit(self, _: CallContext) -> NotHedged | None:
        return self.reasons.pop(0) if self.reasons else None

    def send(self, _: object, context: CallContext) -> Response:
        step, status = self._steps.pop(0), None
        self.sent.append(context)
        if context is not self.race.first:
            self.race.join(context)
        self.race.out(context, Event())
        try:
            status = step(context)
        finally:
            self.race.head(context, status)
        self.responses.append(Response(status))
        return self.responses[-1]


def answer(status: int) -> Callable[[CallContext], int]:
    """An attempt with this status at once."""
    return lambda _: status


def hang(context: CallContext) -> int:
    """An attempt without a response, until its connection is shut down."""
    assert context.conn.wait(WAIT_S)
    raise ConnectionResetError


def fail(_: CallContext) -> int:
    """An attempt that is refused."""
    raise ConnectionRefusedError


def after(event: Event, then: Callable[[CallContext], int]) -> Callable[[CallContext], int]:
    """An attempt that ends when the event is set."""

    def step(context: CallContext) -> int:
        assert event.wait(WAIT_S)
        return then(context)

    return step


def noting(event: Event, then: Callable[[CallContext], int]) -> Callable[[CallContext], int]:
    """An attempt that sets the event as it ends."""

    def step(context: CallContext) -> int:
        event.set()
        return then(context)

    return step


def test_without_a_hedge_the_caller_gets_its_own_response(monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script(monkeypatch, answer(200), delay_s=60.0)
    assert script.race.run() is script.responses[0]
    assert script.race.done
    assert script.hedging.threads.started == 0


def test_a_hedge_that_answers_first_wins_and_the_caller_s_attempt_is_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    script = Script(monkeypatch, hang, answer(200))
    assert script.race.run() is script.responses[0]
    assert [context.cut for context in script.sent] == [True, False]
    assert (script.hedging.host("h").sent, script.hedging.host("h").won) == (1, 1)


def test_a_hedge_that_is_late_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    sent, ended = Event(), Event()
    script = Script(monkeypatch, after(sent, answer(200)), noting(sent, hang))
    script.hedging.threads._serve = _served(script, ended)  # type: ignore[method-assign]
    assert script.race.run().status == 200
    assert ended.wait(WAIT_S)
    assert [context.cut for context in script.sent] == [False, True]
    assert script.hedging.host("h").won == 0


def _served(script: Script, ended: Event) -> Callable[[], None]:
    serve = script.hedging.threads._work

    def once() -> None:
        serve.get()()
        ended.set()

    return once


@pytest.mark.parametrize("first", [answer(503), fail])
def test_a_failure_does_not_decide_while_a_hedge_is_under_way(
    monkeypatch: pytest.MonkeyPatch, first: Callable[[CallContext], int]
) -> None:
    sent, failed = Event(), Event()
    script = Script(monkeypatch, after(sent, noting(failed, first)), noting(sent, after(failed, answer(200))))
    assert script.race.run().status == 200
    assert all(
        response.closed and response.released for response in script.responses if response.status == 503
    )


def test_after_a_failure_the_next_attempt_is_sent_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script(monkeypatch, answer(503), answer(200), delay_s=60.0)
    assert script.race.run().status == 200
    assert script.responses[0].closed
    assert (script.hedging.host("h").sent, script.hedging.host("h").won) == (1, 1)


def test_no_more_attempts_are_sent_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script(monkeypatch, answer(503), answer(502), answer(500), delay_s=60.0, max_attempts=3)
    assert script.race.run().status == 500
    assert [response.closed for response in script.responses] == [True, True, False]


def test_a_fatal_status_is_the_result_although_it_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script(monkeypatch, answer(404), delay_s=60.0)
    assert script.race.run().status == 404


def test_where_all_fail_the_last_failure_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script(monkeypatch, answer(503), fail, delay_s=60.0)
    with pytest.raises(ConnectionRefusedError):
        script.race.run()
    assert script.responses[0].closed


def test_what_may_not_be_sent_leaves_the_caller_with_its_own_result(monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script(monkeypatch, answer(503), delay_s=60.0)
    script.reasons = [NotHedged.BUDGET]
    assert script.race.run().status == 503
    assert script.hedging.host("h").sent == 0


def test_an_interrupted_caller_ends_its_hedges(monkeypatch: pytest.MonkeyPatch) -> None:
    sent, ended = Event(), Event()

    def interrupted(_: CallContext) -> int:
        assert sent.wait(WAIT_S)
        raise KeyboardInterrupt

    def hedged(context: CallContext) -> int:
        sent.set()
        ended.set() if context.conn.wait(WAIT_S) else None
        raise ConnectionResetError

    script = Script(monkeypatch, interrupted, hedged)
    with pytest.raises(KeyboardInterrupt):
        script.race.run()
    assert ended.wait(WAIT_S)


def test_three_attempts_follow_each_other_by_the_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script(monkeypatch, hang, hang, answer(200), delay_s=0.01, max_attempts=3)
    assert script.race.run().status == 200
    assert script.hedging.host("h").sent == 2


def test_a_hedge_that_has_no_thread_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script(monkeypatch, answer(200), threads=1, delay_s=60.0)
    free = Event()
    assert script.hedging.threads.run(lambda: free.wait(WAIT_S))
    script.race.keep()
    assert script.race.done
    free.set()
    assert script.race.run().status == 200


class Timers:
    """A clock, and what was started on it."""

    def __init__(self) -> None:
        self.clock, self.started_s = Clock(100.0), []

    def start(self, due_s: float, _: object) -> None:
        self.started_s.append(due_s)


class Alone:
    """A race whose attempts are played by hand, on a clock of its own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **given: Any) -> None:
        self.timers = Timers()
        self.hedging = Hedging(HedgeSettings(**given), self.timers)  # type: ignore[arg-type]
        self.host = self.hedging.host("h")
        self.first, self.ended = CallContext(None), []
        monkeypatch.setattr(hedge, "shut_down", self.ended.append)
        self.race = Race(self.hedging, self.host, 0.25, None, self.first, ((), {}))  # type: ignore[arg-type]

    def hedged(self) -> CallContext:
        """A hedge that is under way."""
        self.race._numbered += 1
        context = CallContext(None, race=self.race)
        self.race._hedges += (context,)
        self.race.join(context)
        self.race.out(context, "its connection")
        return context


def test_a_hedge_is_due_the_delay_after_the_request_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = Alone(monkeypatch, delay_s=0.25)
    alone.timers.clock.sleep(3.0)
    alone.race.out(alone.first, "a connection")
    assert alone.timers.started_s == [103.25]
    assert alone.first.conn == "a connection"


@pytest.mark.parametrize("status", [200, 404, 429])
def test_a_response_that_decides_ends_the_race(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    alone = Alone(monkeypatch, delay_s=0.25)
    alone.race.out(alone.first, "a connection")
    alone.race.head(alone.first, status)
    assert (alone.race.winner, alone.race.done, alone.first.conn) == (alone.first, True, None)


@pytest.mark.parametrize("status", [500, 502, 503, 504, None])
def test_a_response_that_does_not_decide_leaves_the_race_open(
    monkeypatch: pytest.MonkeyPatch, status: int | None
) -> None:
    alone = Alone(monkeypatch, delay_s=0.25)
    alone.race.out(alone.first, "a connection")
    alone.race.head(alone.first, status)
    assert (alone.race.winner, alone.race.done, alone.first.conn) == (None, True, None)


def test_a_failed_hedge_leaves_the_race_open(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = Alone(monkeypatch, delay_s=0.25)
    alone.race.out(alone.first, "a connection")
    alone.race.head(alone.hedged(), 503)
    assert (alone.race.winner, alone.race.done, alone.ended) == (None, False, [])


def test_a_hedge_that_wins_ends_the_connection_of_the_caller_s_attempt(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    alone = Alone(monkeypatch, delay_s=0.25)
    alone.race.out(alone.first, "a connection")
    context = alone.hedged()
    alone.race._contended = True
    alone.race.head(context, 200)
    assert (alone.race.winner, alone.ended, alone.first.cut, alone.first.conn) == (
        context,
        ["a connection"],
        True,
        None,
    )
    assert (alone.host.sent, alone.host.won, context.cut) == (1, 1, False)


def test_a_response_after_the_winner_s_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = Alone(monkeypatch, delay_s=0.25)
    alone.race.out(alone.first, "a connection")
    context = alone.hedged()
    alone.race._contended = True
    alone.race.head(alone.first, 200)
    alone.race.head(context, 200)
    assert (alone.race.winner, alone.host.won, context.cut) == (alone.first, 0, True)


def test_a_hedge_that_is_not_needed_any_more_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = Alone(monkeypatch, delay_s=0.25)
    alone.race.out(alone.first, "a connection")
    alone.race.head(alone.first, 200)
    late = CallContext(None, race=alone.race)
    with pytest.raises(Superseded):
        alone.race.join(late)
    with pytest.raises(Superseded):
        alone.race.out(late, "its connection")
    assert (alone.host.sent, late.joined, late.cut, late.conn) == (0, False, True, None)


def test_after_its_caller_was_interrupted_no_hedge_wins_and_no_further_one_is_due(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    alone = Alone(monkeypatch, delay_s=0.25)
    alone.race.out(alone.first, "a connection")
    context = alone.hedged()
    alone.race._give_up()
    alone.race.head(context, 200)
    assert (alone.race.done, alone.host.won, alone.ended) == (True, 0, ["a connection", "its connection"])


def learned_s(alone: Alone) -> list[float]:
    return list(alone.host._times._kept)


@pytest.mark.parametrize("status", [200, 503])
def test_a_first_attempt_teaches_its_time_to_the_head(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    alone = Alone(monkeypatch)
    alone.race.out(alone.first, "a connection")
    alone.timers.clock.sleep(0.5)
    alone.race.head(alone.first, status)
    assert learned_s(alone) == [0.5]


def test_a_first_attempt_that_lost_to_its_hedge_teaches_the_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = Alone(monkeypatch)
    alone.race.out(alone.first, "a connection")
    alone.timers.clock.sleep(0.5)
    alone.race.head(alone.hedged(), 200)
    alone.race.head(alone.first, None)
    assert learned_s(alone) == [0.25]


def test_a_failure_without_a_response_and_a_hedge_teach_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = Alone(monkeypatch)
    alone.race.out(alone.first, "a connection")
    alone.race.head(alone.hedged(), 503)
    alone.race.head(alone.first, None)
    assert learned_s(alone) == []


def test_where_the_delay_is_written_nothing_is_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = Alone(monkeypatch, delay_s=0.25)
    alone.race.out(alone.first, "a connection")
    alone.race._contended = True
    alone.race.head(alone.first, 200)
    assert learned_s(alone) == []


def a_request(method: str = "GET", body: Any = None, headers: Any = None, retries: Any = 0) -> Any:
    return (method, "/", body, headers, retries), {}


@pytest.mark.parametrize(
    ("request_", "streamed", "reason"),
    [
        (a_request(), False, None),
        (a_request("PUT", b"x"), False, None),
        (a_request("PUT", "x"), False, None),
        (a_request("PUT", iter([b"x"])), False, NotHedged.BODY),
        (a_request("POST"), False, NotHedged.METHOD),
        (a_request("POST", headers={"Idempotency-Key": "1"}), False, None),
        (a_request("PATCH", headers={"Idempotency-Key": "1"}), False, NotHedged.METHOD),
        (a_request(), True, NotHedged.STREAM),
        (a_request(retries=Retry(0)), False, None),
        (a_request(retries=Retry(1)), False, NotHedged.RETRIES),
        (a_request(retries=2), False, NotHedged.RETRIES),
        (a_request(retries=None), False, None),
    ],
)
def test_which_requests_can_be_hedged(
    monkeypatch: pytest.MonkeyPatch, request_: Any, streamed: bool, reason: NotHedged | None
) -> None:
    alone = Alone(
        monkeypatch, delay_s=0.25, methods=("get", "PUT", "POST"), idempotency_key="Idempotency-Key"
    )
    context = CallContext(None, streamed=streamed)
    race = alone.hedging.race(None, "h", context, request_)  # type: ignore[arg-type]
    assert (context.unhedged, race is None, context.race is None) == (reason, bool(reason), bool(reason))
    assert context.hedges is (alone.host if reason is None else None)


def test_without_a_known_delay_there_is_no_race_and_the_attempt_counts_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    alone = Alone(monkeypatch)
    context = CallContext(None, streamed=False)
    assert alone.hedging.race(None, "new", context, a_request()) is None  # type: ignore[arg-type]
    assert context.hedges is alone.hedging.host("new") is not alone.host


@pytest.mark.parametrize(("most", "again"), [(2, False), (3, True)])
def test_a_further_attempt_is_due_another_delay_later_while_more_are_allowed(
    monkeypatch: pytest.MonkeyPatch, most: int, again: bool
) -> None:
    alone = Alone(monkeypatch, delay_s=0.25, max_attempts=most)
    alone.race.out(alone.first, "a connection")
    alone.timers.clock.sleep(0.25)
    monkeypatch.setattr(Race, "_contend", lambda _: None)
    alone.race._in_thread()
    assert alone.timers.started_s == [100.25, 100.5] if again else [100.25]
    assert alone.race.done is not again


def test_after_the_caller_s_attempt_has_ended_no_further_one_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = Alone(monkeypatch, delay_s=0.25, max_attempts=3)
    alone.race.out(alone.first, "a connection")
    alone.race.head(alone.first, 503)
    monkeypatch.setattr(Race, "_contend", lambda _: None)
    alone.race._in_thread()
    assert alone.timers.started_s == [100.25]


def test_what_a_hedge_held_that_may_not_be_sent_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    bulkhead = Bulkhead(1)
    script = Script(monkeypatch, answer(503), delay_s=60.0)

    def admit(context: CallContext) -> NotHedged:
        context.slot = bulkhead.enter(0.0)
        return NotHedged.BUDGET

    monkeypatch.setattr(script, "admit", admit)
    assert script.race.run().status == 503
    assert bulkhead.taken == 0


@pytest.mark.parametrize(("won", "noted"), [(False, NotHedged.SLOT), (True, "")])
def test_a_refused_hedge_says_why_unless_the_call_has_its_result(
    monkeypatch: pytest.MonkeyPatch, won: bool, noted: str
) -> None:
    script = Script(monkeypatch)
    race = script.race
    race._trace = SimpleNamespace(attempt=SimpleNamespace(unhedged=""))  # type: ignore[assignment]

    def refuse(_: CallContext) -> NotHedged:
        race.winner = race.first if won else None
        return NotHedged.SLOT

    script.admit = refuse  # type: ignore[method-assign]
    assert race._next() is None
    assert race._trace.attempt.unhedged == noted  # type: ignore[union-attr]
