"""What one call carries through the pipeline, and gives back."""

from __future__ import annotations

from typing import Any

import pytest

from harness.session.errors import BudgetExhausted, DeadlineExceeded
from harness.session.resilience.bulkhead import Bulkhead
from harness.session.resilience.call_context import CallContext
from harness.session.resilience.deadline import DeadlineScheduler, DeadlineTimer
from tests.unit.harness.session.fakes import Clock


class Budget:
    """A budget that pays for so many retries, each at 5; `asked` is what was asked of it."""

    def __init__(self, retries: int) -> None:
        self._left, self.asked = retries, []

    def withdraw(self, now: float, throttled: bool) -> float | None:
        self.asked.append((now, throttled))
        self._left -= 1
        return 5.0 if self._left >= 0 else None


class Breaker:
    """Keeps what was reported to it."""

    def __init__(self) -> None:
        self.reported: list[tuple[Any, ...]] = []

    def settle(self, *result: Any) -> None:
        self.reported.append(result)


def test_without_a_deadline_there_is_no_end_of_the_time() -> None:
    assert CallContext(None).left_s(5.0) == float("inf")
    assert not CallContext(None).over(1e12)


@pytest.mark.parametrize(("now", "left_s", "over"), [(5.0, 2.0, False), (7.0, 0.0, True), (8.0, -1.0, True)])
def test_a_call_is_over_at_its_deadline(now: float, left_s: float, over: bool) -> None:
    context = CallContext(7.0)
    assert (context.left_s(now), context.over(now)) == (left_s, over)


def test_a_call_whose_body_was_cut_is_over_before_its_deadline() -> None:
    timer = DeadlineTimer(DeadlineScheduler(Clock()), None)
    context = CallContext(7.0, deadline_timer=timer)
    assert not context.over(5.0)
    timer.keep()
    assert context.over(5.0)


def test_a_retry_is_counted_paid_for_and_sleeps() -> None:
    context, budget = CallContext(7.0), Budget(2)
    assert context.retry(5.0, 0.5, budget, throttled=True) is None  # type: ignore[arg-type]
    assert (context.retries, context.paid, context.pending_s, context.slept_s) == (1, 5.0, 0.5, 0.5)
    assert context.retry(6.0, 0.25, budget, throttled=False) is None  # type: ignore[arg-type]
    assert (context.retries, context.pending_s, context.slept_s) == (2, 0.25, 0.25)
    assert budget.asked == [(5.0, True), (6.0, False)]


def test_a_retry_without_a_budget_costs_nothing() -> None:
    context = CallContext(None, paid=5.0)
    assert context.retry(5.0, 0.5, None, throttled=False) is None
    assert (context.retries, context.paid) == (1, 0.0)


def test_a_retry_that_the_budget_does_not_pay_for_is_refused() -> None:
    context = CallContext(None)
    assert isinstance(context.retry(5.0, 0.5, Budget(0), throttled=False), BudgetExhausted)  # type: ignore[arg-type]
    assert (context.retries, context.pending_s) == (0, 0.0)


@pytest.mark.parametrize(("delay_s", "refused"), [(1.9, False), (2.0, True), (2.1, True)])
def test_a_retry_that_would_begin_at_the_deadline_is_refused_and_costs_nothing(
    delay_s: float, refused: bool
) -> None:
    context, budget = CallContext(7.0), Budget(1)
    found = context.retry(5.0, delay_s, budget, throttled=False)  # type: ignore[arg-type]
    assert isinstance(found, DeadlineExceeded) is refused
    assert len(budget.asked) == (0 if refused else 1)


def test_a_result_is_reported_once() -> None:
    breaker = Breaker()
    context = CallContext(None, permit=(breaker, 3))  # type: ignore[arg-type]
    context.settle(5.0, False)
    context.settle(6.0, True)
    assert breaker.reported == [(3, 5.0, False)]


class Admission:
    """Counts how often it was given back."""

    freed = 0

    def free(self) -> None:
        self.freed += 1


def test_what_an_attempt_holds_is_given_back_once() -> None:
    bulkhead, admission = Bulkhead(1), Admission()
    timer = DeadlineTimer(DeadlineScheduler(Clock()), None)
    context = CallContext(
        7.0,
        slot=bulkhead.enter(0.0),
        admission=admission,
        deadline_timer=timer,  # type: ignore[arg-type]
    )
    context.let_go()
    context.let_go()
    assert (bulkhead.taken, admission.freed, timer.done) == (0, 1, True)
    assert (context.slot, context.admission) == (None, None)


def test_an_attempt_that_holds_nothing_gives_nothing_back() -> None:
    CallContext(None).let_go()


def test_an_attempt_is_no_hedge_of_its_call_before_it_joins_it() -> None:
    assert not CallContext(None).joined
