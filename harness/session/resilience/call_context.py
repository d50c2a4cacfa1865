"""The state of one call in the policy: its retries, what it holds, and its deadline."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from harness.model.hedge_settings import NotHedged
from harness.session.errors import BudgetExhausted, DeadlineExceeded, PolicyError

if TYPE_CHECKING:
    from harness.session.resilience.budget import RetryBudget
    from harness.session.resilience.bulkhead import Slot
    from harness.session.resilience.circuit_breaker import CircuitBreaker
    from harness.session.resilience.deadline import DeadlineTimer
    from harness.session.resilience.host_hedges import HostHedges
    from harness.session.resilience.limiter import Admission
    from harness.session.trace.trace import CallTrace


class Attempts(Protocol):
    """The attempts of one request that may have hedges; `hedge.Race` is it."""

    @property
    def first(self) -> CallContext: ...
    def join(self, context: CallContext) -> None: ...
    def out(self, context: CallContext, conn: Any) -> None: ...
    def head(self, context: CallContext, status: int | None) -> None: ...


@dataclass(slots=True)
class CallContext:
    """Times are readings of the pipeline's clock, durations are seconds.

    `permit` is a breaker with its generation's number, `slot` a slot of the bulkhead, `admission` a place under the
    limiter's limit, `deadline_timer` ends the attempt at the deadline: all belong to the current attempt
    and end with it.
    """

    deadline_s: float | None
    begun: bool = False
    retries: int = 0
    pending_s: float = 0.0
    """The sleep that the next attempt begins with; the connection's slot is free by then."""
    slept_s: float = 0.0
    paid: float = 0.0
    permit: tuple[CircuitBreaker, int] | None = None
    slot: Slot | None = None
    admission: Admission | None = None
    deadline_timer: DeadlineTimer | None = None
    streamed: bool = True
    """Whether the caller reads the body as a stream; so it is taken to be where nothing is known."""
    race: Attempts | None = None
    hedges: HostHedges | None = None
    """Where the time of this attempt counts for the delay of hedges."""
    unhedged: NotHedged | None = None
    trace: CallTrace | None = None
    """A hedge's own trace."""
    conn: Any = None
    """The connection, from the moment at which the request is sent until the head of the response is there."""
    joined: bool = False
    cut: bool = False
    """A hedge was sent; an attempt was ended because another one had won."""

    def left_s(self, now: float) -> float:
        """Seconds until the deadline; infinite without one."""
        return float("inf") if self.deadline_s is None else self.deadline_s - now

    def over(self, now: float) -> bool:
        """True when the deadline has passed, or has cut the body short."""
        return self.left_s(now) <= 0.0 or (self.deadline_timer is not None and self.deadline_timer.due)

    def retry(
        self, now: float, delay_s: float, budget: RetryBudget | None, throttled: bool
    ) -> PolicyError | None:
        """Plans one more attempt after `delay_s`, or returns the reason for which it is refused."""
        if delay_s >= self.left_s(now):
            return DeadlineExceeded("the deadline leaves no time for another attempt")
        paid = budget.withdraw(now, throttled) if budget is not None else 0.0
        if paid is None:
            return BudgetExhausted("the retry budget is exhausted")
        self.retries, self.paid = self.retries + 1, paid
        self.pending_s = self.slept_s = delay_s
        return None

    def settle(self, now: float, ok: bool | None) -> None:
        """Reports the attempt's result to the breaker; None when it was not sent."""
        permit, self.permit = self.permit, None
        if permit is not None:
            permit[0].settle(permit[1], now, ok)

    def let_go(self) -> None:
        """Releases everything that the attempt still holds."""
        if self.slot is not None:
            self.slot.free()
            self.slot = None
        if self.admission is not None:
            self.admission.free()
            self.admission = None
        if self.deadline_timer is not None:
            self.deadline_timer.cancel()


current: ContextVar[CallContext | None] = ContextVar("surgeline_call_context", default=None)
