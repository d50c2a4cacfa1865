"""The current state of a policy's guards, as numbers: for the record, and for live views."""

from __future__ import annotations

from dataclasses import dataclass

from harness.session.resilience.circuit_breaker import State
from harness.session.resilience.hedge import Hedging
from harness.session.resilience.pipeline import HostState, Pipeline
from harness.session.resilience.throttle import AdaptiveThrottle, RateThrottle


@dataclass(frozen=True, slots=True)
class HostStatus:
    """The guards towards one host. None means that there is no such guard.

    `breaker` is a lever's state where a lever forces one. `rate_per_s` and `refusal_ratio` are the throttle's;
    `bulkhead_taken` counts the attempts that hold a place, `bulkhead_waiting` those that wait for one.
    `limiter_limit` is the current limit of concurrent attempts, with its fraction, `limiter_in_flight` how
    many there are. `hedges` have been sent so far, each `hedge_delay_s` after its request, which is None until
    enough attempts are known.
    """

    host: str
    breaker: State | None = None
    rate_per_s: float | None = None
    refusal_ratio: float | None = None
    bulkhead_taken: int | None = None
    bulkhead_waiting: int | None = None
    limiter_limit: float | None = None
    limiter_in_flight: int | None = None
    hedges: int | None = None
    hedge_delay_s: float | None = None

    @property
    def guarded(self) -> bool:
        """Whether there is a guard at all."""
        limits = (self.bulkhead_taken, self.limiter_limit, self.hedges)
        guards = (self.breaker, self.rate_per_s, self.refusal_ratio, *limits)
        return any(guard is not None for guard in guards)


@dataclass(frozen=True, slots=True)
class PolicyStatus:
    """The guards of one process. None, and no hosts, mean that there is no such guard.

    `hosts` are those that attempts were made to. `budget_left_ratio` is 1 for an untouched budget and 0 where
    retries are refused; `lever_rate_per_s` is the rate that a lever set over all hosts, `forced_breaker` the
    state that a lever set for all hosts.
    """

    hosts: tuple[HostStatus, ...] = ()
    budget_left_ratio: float | None = None
    lever_rate_per_s: float | None = None
    forced_breaker: State | None = None

    @property
    def breakers(self) -> tuple[str, ...]:
        """The breakers' states, one for each host; a lever's state alone where a lever forces one."""
        if self.forced_breaker is not None:
            return (self.forced_breaker,)
        return tuple(host.breaker for host in self.hosts if host.breaker is not None)

    @property
    def refusal_ratio(self) -> float | None:
        """The adaptive throttles' highest ratio over all hosts."""
        return max((h.refusal_ratio for h in self.hosts if h.refusal_ratio is not None), default=None)

    @property
    def limits(self) -> tuple[tuple[float, int], ...]:
        """The concurrency limit and the attempts in flight of each host that has a limiter."""
        return tuple(
            (host.limiter_limit, host.limiter_in_flight or 0)
            for host in self.hosts
            if host.limiter_limit is not None
        )

    @property
    def hedge_delay_s(self) -> float | None:
        """The longest delay of a hedge."""
        delays = (host.hedge_delay_s for host in self.hosts)
        return max((delay_s for delay_s in delays if delay_s is not None), default=None)

    @property
    def rate_per_s(self) -> float | None:
        """The lowest rate that holds."""
        rates = [host.rate_per_s for host in self.hosts] + [self.lever_rate_per_s]
        return min((rate for rate in rates if rate is not None), default=None)


def policy_status(pipeline: Pipeline) -> PolicyStatus:
    """Reads a pipeline and all its hosts; nothing of one that has nothing to do. A lever's setting comes first."""
    if not pipeline.active:
        return PolicyStatus()
    now, forced = pipeline.clock(), pipeline.forced_breaker
    state = None if forced == "auto" else forced
    hosts = (
        _host_status(name, host, pipeline.hedging, state, now) for name, host in list(pipeline.hosts.items())
    )
    return PolicyStatus(
        hosts=tuple(host for host in hosts if host.guarded),
        budget_left_ratio=None if pipeline.budget is None else pipeline.budget.left_ratio(now),
        lever_rate_per_s=None if pipeline.rate is None else pipeline.rate.rate_per_s,
        forced_breaker=state,
    )


def _host_status(
    name: str, host: HostState, hedging: Hedging | None, forced: State | None, now: float
) -> HostStatus:
    own = None if host.breaker is None else host.breaker.state(now)
    throttle, bulkhead, limiter = host.throttle, host.bulkhead, host.limiter
    hedges = None if hedging is None else hedging.hosts.get(name)
    return HostStatus(
        host=name,
        breaker=forced or own,
        rate_per_s=throttle.rate_per_s if isinstance(throttle, RateThrottle) else None,
        refusal_ratio=throttle.refusal_ratio(now) if isinstance(throttle, AdaptiveThrottle) else None,
        bulkhead_taken=None if bulkhead is None else bulkhead.taken,
        bulkhead_waiting=None if bulkhead is None else bulkhead.waiting,
        limiter_limit=None if limiter is None else limiter.limit,
        limiter_in_flight=None if limiter is None else limiter.in_flight,
        hedges=None if hedges is None else hedges.sent,
        hedge_delay_s=None if hedges is None else hedges.delay_s,
    )
