"""The race of one request: who wins, who is ended, and what the caller gets. Attempts are scripted functions."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event
from typing import Any

import pytest

from harness.model.hedge_settings import HedgeSettings, NotHedged
from harness.session.resilience import hedge
from harness.session.resilience.call_context import CallContext
from harness.session.resilience.deadline import DeadlineScheduler
from harness.session.resilience.hedge import Hedging, Race

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
