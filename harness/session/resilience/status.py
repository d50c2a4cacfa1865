"""What holds a client back just now, in numbers, for whoever watches a run live."""

from __future__ import annotations

from dataclasses import dataclass

from harness.session.resilience.pipeline import Pipeline
from harness.session.resilience.throttle import AdaptiveThrottle, RateThrottle


@dataclass(frozen=True, slots=True)
class PolicyStatus:
    """The guards of one process. None, and no breakers, mean that there is no such pipeline.

    `breakers` has a state for each host; `budget_left_ratio` is 1 for an untouched budget and 0 where retries are
    refused; `refusal_ratio` is the adaptive throttle's at its strictest; `rate_per_s` the lowest rate that holds.
    """

    breakers: tuple[str, ...]
    budget_left_ratio: float | None
    refusal_ratio: float | None
    rate_per_s: float | None


def policy_status(pipeline: Pipeline) -> PolicyStatus:
    """Reads a pipeline and all its hosts; a lever's say comes before the policy's."""
    now, hosts = pipeline.clock(), list(pipeline.hosts.values())
    states = tuple(host.breaker.state(now) for host in hosts if host.breaker is not None)
    forced = pipeline.forced_breaker
    rates = [host.throttle.rate_per_s for host in hosts if isinstance(host.throttle, RateThrottle)]
    rates += [pipeline.rate.rate_per_s] if pipeline.rate is not None else []
    refusals = [
        host.throttle.refusal_ratio(now) for host in hosts if isinstance(host.throttle, AdaptiveThrottle)
    ]
    return PolicyStatus(
        breakers=states if forced == "auto" else (forced,),
        budget_left_ratio=None if pipeline.budget is None else pipeline.budget.left_ratio(now),
        refusal_ratio=max(refusals, default=None),
        rate_per_s=min(rates, default=None),
    )
