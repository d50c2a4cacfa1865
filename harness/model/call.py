"""One logical request and its parts. Times are seconds since the run's epoch unless a name says otherwise."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Outcome(StrEnum):
    """How a call ended; the enumeration is closed. `OK` is a status below 400 with a whole body.

    From BREAKER_OPEN to DEADLINE it was the client's own policy that ended it; DROPPED had no free thread;
    TARGET_REFUSED was for a host that the run may not connect to.
    """

    OK = "ok"
    HTTP_4XX = "http_4xx"
    HTTP_5XX = "http_5xx"
    CONNECT_REFUSED = "connect_refused"
    CONNECT_TIMEOUT = "connect_timeout"
    READ_TIMEOUT = "read_timeout"
    POOL_TIMEOUT = "pool_timeout"
    TLS = "tls"
    PROXY = "proxy"
    PROTOCOL = "protocol"
    TRUNCATED = "truncated"
    DECODE = "decode"
    CORRUPT = "corrupt"
    REDIRECT_LOOP = "redirect_loop"
    BREAKER_OPEN = "breaker_open"
    THROTTLED = "throttled"
    LIMITED = "limited"
    BUDGET_EXHAUSTED = "budget_exhausted"
    DEADLINE = "deadline"
    DROPPED = "dropped"
    TARGET_REFUSED = "target_refused"
    CANCELLED = "cancelled"
    FAILED = "failed"

    @property
    def good(self) -> bool:
        """True for what counts as goodput."""
        return self is Outcome.OK


ABANDONED = "abandoned"
"""The error of an attempt that was ended because another one of the same request had given the result."""


@dataclass(slots=True)
class Attempt:
    """One try on the wire, with what followed it. Durations are seconds.

    `throttle_s` is how long the client's throttle delayed it, `pool_wait_s` how long it waited for a connection,
    `limiter_wait_s` how long for a place under the limit of concurrent attempts.
    `first_byte_s` spans from having a connection until the response's head, so it includes `connect_s`: TCP, a
    proxy's tunnel, and TLS, which is `tls_s` of it. `stale` says that a pooled connection turned out to be dead:
    with `new_connection` the pool noticed in time and opened another, without it the request was sent on the dead
    connection and lost. `backoff_held` says that the connection's slot stayed occupied while the client slept;
    `reason` is why the attempt was followed by another ("" when it was the last one): a status, an outcome's name,
    "redirect". A `hedge` was sent beside an earlier attempt of the same request, `hedge_wait_s` after that one began.
    Of such attempts all but one are `lost`: their results are not used, and their times are no part of the call's.
    One that was ended for this reason has the error "abandoned". `unhedged` is why no hedge was sent, "" when none was
    due. `tls_s`, `stale` and `discarded` are None where
    the client's library does not show them.
    """

    number: int
    started_s: float
    host: str
    throttle_s: float = 0.0
    pool_wait_s: float = 0.0
    limiter_wait_s: float = 0.0
    hedge_wait_s: float = 0.0
    connect_s: float = 0.0
    tls_s: float | None = 0.0
    new_connection: bool = False
    stale: bool | None = False
    first_byte_s: float = 0.0
    body_s: float = 0.0
    drain_s: float = 0.0
    backoff_s: float = 0.0
    backoff_held: bool = False
    discarded: bool | None = False
    status: int = 0
    error: str = ""
    reason: str = ""
    hedge: bool = False
    lost: bool = False
    unhedged: str = ""


@dataclass(slots=True)
class Call:
    """One logical request, with all of its attempts.

    `scheduled_s` is when it was due: the arrival's planned time for a journey's first call, the end
    of the previous step for later ones. Latency counts from there.
    """

    arrival: int
    step: int
    method: str
    route: str
    scheduled_s: float
    started_s: float
    dispatched_s: float = 0.0
    ended_s: float = 0.0
    outcome: Outcome = Outcome.CANCELLED
    status: int = 0
    received_bytes: int = 0
    caller: int = 0
    """The number of the service's thread that made it, by which starved threads can be found."""
    digest_matches: bool | None = None
    """Whether the body has the digest of the response's header; None without such a header."""
    error: str = ""
    """The exception in words, without secrets; "" when none was raised."""
    raised: str = ""
    """The exception's class by its name; "" when none was raised."""
    arm: str = ""
    """"canary" or "baseline" where a rollout sent it; else ""."""
    reported: bool = True
    """False where a started service has not reported it, so that its attempts and waits are unknown."""
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def key(self) -> str:
        """The request's identity, the same under every policy; it determines the upstream's fault decisions."""
        return f"{self.arrival}.{self.step}"

    @property
    def latency_s(self) -> float:
        """Seconds from the scheduled start."""
        return self.ended_s - self.scheduled_s

    @property
    def thread_wait_s(self) -> float:
        """Seconds without a free thread, after a dispatch on time."""
        return max(0.0, self.started_s - self.dispatched_s)

    @property
    def schedule_lag_s(self) -> float:
        """Seconds by which the generator itself was late."""
        return max(0.0, self.dispatched_s - self.scheduled_s)
