"""The order of a policy's parts for each attempt, and for its result.

A call:      deadline begins → attempts → a response, or a PolicyError
An attempt:  backoff → breaker → throttle → bulkhead → limiter → connection → wire
A result:    breaker, throttle, limiter, budget
A retry:     urllib3's Retry → deadline → budget
A hedge:     Retry-After, breaker, throttle, connection, bulkhead, limiter, budget → wire, without any wait

Refusals cost nothing and come before waits. The limiter comes after the bulkhead, so that it counts no attempt that
still waits for a connection; the breaker's permit is taken last, so that no probe waits in a queue. Everything works
on any Session, and can be changed during calls.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from random import Random
from typing import Literal, TypeVar

from urllib3.util import Retry, Timeout

from harness.model.hedge_settings import HedgeSettings
from harness.model.policy import Policy
from harness.session.errors import (
    BreakerOpen,
    BulkheadFull,
    ConcurrencyLimited,
    DeadlineExceeded,
    PolicyError,
    Throttled,
)
from harness.session.resilience.backoff import delay_s
from harness.session.resilience.budget import RetryBudget, budget
from harness.session.resilience.bulkhead import Bulkhead
from harness.session.resilience.call_context import CallContext
from harness.session.resilience.circuit_breaker import CircuitBreaker
from harness.session.resilience.deadline import DeadlineScheduler
from harness.session.resilience.hedge import Hedging
from harness.session.resilience.limiter import Limiter
from harness.session.resilience.retry import PolicyRetry
from harness.session.resilience.throttle import AdaptiveThrottle, RateThrottle, throttle
from harness.session.trace.trace import current_trace

BAD_STATUS, BUSY = 500, frozenset({429, 503})
Place = TypeVar("Place")
Forced = Literal["open", "closed", "auto"]


class HostState:
    """The state that a policy keeps for one host."""

    def __init__(self, policy: Policy) -> None:
        self.breaker = CircuitBreaker(policy.breaker) if policy.breaker is not None else None
        self.throttle = throttle(policy.throttle) if policy.throttle is not None else None
        self.bulkhead = Bulkhead(policy.bulkhead.connections) if policy.bulkhead is not None else None
        self.bulkhead_wait_s = policy.bulkhead.wait_s if policy.bulkhead is not None else 0.0
        self.limiter: Limiter | None = None


class Pipeline:
    """One policy in one process. Clock, sleep and random numbers are arguments, so that a test can control them.

    The public attributes are levers: they may be set at any time, and apply from the next attempt on.
    """

    def __init__(
        self,
        policy: Policy,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        rng: Random | None = None,
    ) -> None:
        self.clock, self._sleep, self.rng = clock, sleep, rng or Random()  # noqa: S311
        self.budget: RetryBudget | None = None
        self.rate: RateThrottle | None = None
        self.forced_breaker: Forced = "auto"
        self.limiter = policy.limiter
        self.hedging: Hedging | None = None
        self.connect_s: float | None = None
        self.read_s: float | None = None
        self.retries_total: int | Literal[False] | None = None
        self.deadline_scheduler = DeadlineScheduler(clock)
        self._policy, self._backoff = policy, policy.retry.backoff if policy.retry is not None else None
        self._total_s = policy.timeout.total_s
        self.hosts: dict[str, HostState] = {}
        self._lock = threading.Lock()
        if policy.retry is not None and policy.retry.budget is not None:
            self.budget = budget(policy.retry.budget)
        self.hedge(policy.hedge)
        self._declared = bool(extends(policy) or policy.breaker or policy.throttle or policy.bulkhead)

    @property
    def active(self) -> bool:
        """False while it has no work: no table of surgeline's in the policy, and no lever pulled."""
        return (
            self._declared
            or self.budget is not None
            or self.rate is not None
            or self.forced_breaker != "auto"
            or self.limiter is not None
            or self.hedging is not None
            or self.connect_s is not None
            or self.read_s is not None
            or self.retries_total is not None
        )

    def host(self, name: str) -> HostState:
        """The host's state, from its first attempt on."""
        return self.hosts.get(name) or self.hosts.setdefault(name, HostState(self._policy))

    def begin(self, *, streamed: bool = True) -> CallContext:
        """A call begins, and with it its deadline."""
        deadline_s = None if self._total_s is None else self.clock() + self._total_s
        return CallContext(deadline_s, streamed=streamed)

    def hedge(self, settings: HedgeSettings | None) -> None:
        """Hedges requests from now on, with these settings; None for not at all."""
        self.hedging = None if settings is None else Hedging(settings, self.deadline_scheduler)

    def first(self, context: CallContext, retries: object) -> object:
        """The retries of the call's first attempt, in place of the Session's own."""
        if not context.begun and self.budget is not None:
            self.budget.call(self.clock())
        context.begun = True
        if isinstance(retries, Retry) and self.retries_total is not None:
            total = self.retries_total
            retries = Retry(0, read=False) if total is False else retries.new(total=total)
        if isinstance(retries, PolicyRetry):
            return retries.asking(lambda coming, after_s: self.retry(context, coming, after_s))
        return retries

    def retry(self, context: CallContext, coming: Retry, after_s: float) -> PolicyError | None:
        """Plans the coming attempt, or returns why it is refused. `after_s` is a Retry-After, 0 without one."""
        status = coming.history[-1].status if coming.history else None
        throttled = after_s > 0 or status in BUSY
        sleep_s = after_s or self._backoff_s(context, coming)
        return context.retry(self.clock(), sleep_s, self.budget, throttled)

    def retry_of_others(self, context: CallContext) -> None:
        """A foreign Retry has slept and continues: here the budget can still refuse it. Raises PolicyError."""
        refusal = context.retry(self.clock(), 0.0, self.budget, throttled=False)
        if refusal is not None:
            raise refusal

    def admit(self, context: CallContext, host_name: str) -> None:
        """Admits one attempt, after its waits. Raises PolicyError; the caller releases what the attempt holds."""
        host = self.host(host_name)
        breaker = host.breaker if self.forced_breaker == "auto" else None
        now = self._wait(context, context.pending_s)
        context.pending_s = 0.0
        if self.forced_breaker == "open" or (breaker is not None and breaker.refuses(now)):
            raise BreakerOpen(f"{host_name} keeps failing; the breaker is open")
        held_back_s = self._throttle(context, host, now)
        queued_s = self._queue(context, host)
        limited_s = self._limit(context, host)
        trace = current_trace()
        if trace is not None:
            trace.waits_s = {"throttle_s": held_back_s, "pool_wait_s": queued_s, "limiter_wait_s": limited_s}
        if breaker is not None:
            generation = breaker.allow(self.clock())
            if generation is None:
                raise BreakerOpen(f"{host_name} is being probed; the breaker refuses all other attempts")
            context.permit = (breaker, generation)

    def result(self, context: CallContext, host_name: str, status: int | None) -> None:
        """An attempt got this status, or None for an error. One that was ended for a better one tells nothing."""
        if context.cut:
            context.settle(self.clock(), None)
            context.let_go()
            return
        now, ok = self.clock(), status is not None and status < BAD_STATUS and status != 429
        context.settle(now, ok)
        if context.admission is not None:
            context.admission.settle(now, dropped=status is None or status in BUSY)
            if (
                status is None
            ):  # urllib3 may sleep before it returns the connection, and nothing is under way.
                context.admission.free()
        if self.budget is not None:
            self.budget.result(ok, context.paid)
        host = self.hosts.get(host_name)
        if (
            host is not None
            and isinstance(host.throttle, AdaptiveThrottle)
            and status is not None
            and status not in BUSY
        ):
            host.throttle.accepted(now)

    def timeouts(self, context: CallContext, given: object) -> object:
        """The attempt's timeouts: the given ones or the lever's, and never beyond the deadline."""
        left_s = context.left_s(self.clock())
        if not isinstance(given, Timeout) or (
            left_s == float("inf") and self.connect_s is self.read_s is None
        ):
            return given
        connect_s = self.connect_s if self.connect_s is not None else _seconds(given.connect_timeout)
        read_s = self.read_s if self.read_s is not None else _seconds(given.read_timeout)
        return Timeout(connect=_least(connect_s, left_s), read=_least(read_s, left_s))

    def _backoff_s(self, context: CallContext, coming: Retry) -> float:
        if self._backoff is None:
            return coming.get_backoff_time()
        return delay_s(self._backoff, context.retries, context.slept_s, self.rng)

    def _throttle(self, context: CallContext, host: HostState, now: float) -> float:
        waited_s = 0.0
        for held in (host.throttle, self.rate):
            if isinstance(held, AdaptiveThrottle):
                if not held.allow(now, self.rng):
                    raise Throttled(
                        "the upstream accepts too few requests; the client's own throttle refused the attempt"
                    )
            elif held is not None:
                turn_s = held.reserve(now)
                if turn_s is None:
                    raise Throttled(f"the client's own limit of {held.rate_per_s:g}/s is used up")
                now = self._wait(context, turn_s)
                waited_s += turn_s
        return waited_s

    def _queue(self, context: CallContext, host: HostState) -> float:
        if host.bulkhead is None:
            return 0.0
        enter, most_s = host.bulkhead.enter, host.bulkhead_wait_s
        context.slot, waited_s = self._entered(context, enter, most_s, "a connection")
        if context.slot is None:
            raise BulkheadFull(
                f"no connection within {host.bulkhead_wait_s:g} s; all of the bulkhead's connections were in use"
            )
        return waited_s

    def _limit(self, context: CallContext, host: HostState) -> float:
        limiter = self.limiter_of(host)
        if limiter is None:
            return 0.0
        context.admission = limiter.enter(0.0)
        if context.admission is not None:
            return 0.0
        enter, most_s = limiter.enter, limiter.settings.max_wait_s
        context.admission, waited_s = self._entered(context, enter, most_s, "the concurrency limit")
        if context.admission is None:
            raise ConcurrencyLimited(
                f"the limit of {int(limiter.limit)} concurrent attempts was in use for {most_s:g} s"
            )
        return waited_s

    def _entered(
        self, context: CallContext, enter: Callable[[float], Place | None], most_s: float, what: str
    ) -> tuple[Place | None, float]:
        """A place, or None after at most `most_s`, and the time waited. Raises DeadlineExceeded."""
        start = self.clock()
        place = enter(min(most_s, context.left_s(start)))
        waited_s = self.clock() - start
        if place is None and context.left_s(start + waited_s) <= 0:
            raise DeadlineExceeded(f"the deadline passed while waiting for {what}")
        return place, waited_s

    def limiter_of(self, host: HostState) -> Limiter | None:
        """The host's limiter; a lever may have switched it on or off."""
        settings, limiter = self.limiter, host.limiter
        if settings is (None if limiter is None else limiter.settings):
            return limiter
        with self._lock:
            limiter = host.limiter
            if settings is not (None if limiter is None else limiter.settings):
                limiter = None if settings is None else Limiter(settings, self.clock(), self.rng)
                host.limiter = limiter
        return limiter

    def _wait(self, context: CallContext, wait_s: float) -> float:
        """Sleeps, but not past the deadline; returns the time. Raises DeadlineExceeded."""
        if wait_s > 0:
            self._sleep(min(wait_s, max(0.0, context.left_s(self.clock()))))
        now = self.clock()
        if context.over(now):
            raise DeadlineExceeded("the deadline for all attempts has passed")
        return now


def extends(policy: Policy) -> bool:
    """True when the policy's retries need more than urllib3's own Retry."""
    ours = policy.retry is not None and (policy.retry.budget is not None or policy.retry.backoff is not None)
    return ours or policy.timeout.total_s is not None


def _seconds(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _least(wanted_s: float | None, left_s: float) -> float | None:
    least_s = left_s if wanted_s is None else min(wanted_s, left_s)
    return None if least_s == float("inf") else max(0.001, least_s)
