"""Whether a hedge may be sent now. It never waits: what would delay it, or refuse it, means that it is not sent."""

from __future__ import annotations

from urllib3.connectionpool import HTTPConnectionPool

from harness.model.hedge_settings import NotHedged
from harness.session.resilience.call_context import CallContext
from harness.session.resilience.pipeline import HostState, Pipeline
from harness.session.resilience.throttle import AdaptiveThrottle


def hedge_admission(
    pipeline: Pipeline, context: CallContext, host_name: str, pool: HTTPConnectionPool
) -> NotHedged | None:
    """Takes what the hedge needs, the share of the budget last; or returns why it is not sent.

    The caller gives back what the context then holds.
    """
    now, host, hedging = pipeline.clock(), pipeline.host(host_name), pipeline.hedging
    if hedging is None or now < hedging.host(host_name).not_before_s:
        return NotHedged.RETRY_AFTER
    if _breaker_interferes(pipeline, host, now):
        return NotHedged.BREAKER
    if _throttle_interferes(pipeline, host, now):
        return NotHedged.THROTTLE
    return _places(pipeline, context, host, pool) or _share(pipeline, context, now)


def _breaker_interferes(pipeline: Pipeline, host: HostState, now: float) -> bool:
    if pipeline.forced_breaker != "auto":
        return pipeline.forced_breaker == "open"
    return host.breaker is not None and host.breaker.state(now) != "closed"


def _throttle_interferes(pipeline: Pipeline, host: HostState, now: float) -> bool:
    for held in (host.throttle, pipeline.rate):
        if isinstance(held, AdaptiveThrottle):
            if not held.allow(now, pipeline.rng):
                return True
        elif held is not None and held.reserve(now, 0.0) is None:
            return True
    return False


def _places(
    pipeline: Pipeline, context: CallContext, host: HostState, pool: HTTPConnectionPool
) -> NotHedged | None:
    if pool.pool is None or pool.pool.empty():
        return NotHedged.SLOT
    if host.bulkhead is not None:
        context.slot = host.bulkhead.enter(0.0)
        if context.slot is None:
            return NotHedged.SLOT
    limiter = pipeline.limiter_of(host)
    if limiter is not None:
        context.admission = limiter.enter(0.0)
        if context.admission is None:
            return NotHedged.LIMITER
    return None


def _share(pipeline: Pipeline, context: CallContext, now: float) -> NotHedged | None:
    """A hedge takes what a retry takes; without a budget there is none."""
    paid = None if pipeline.budget is None else pipeline.budget.withdraw(now, throttled=False)
    if paid is None:
        return NotHedged.BUDGET
    context.paid = paid
    return None
