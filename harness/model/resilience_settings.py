"""The policy settings beyond urllib3's Retry. Defaults are the published ones, or their docstring says why not."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from harness.model.durations import RatePerSecond, Seconds, WaitSeconds, WindowSeconds
from mock_upstream.config.toml import Frozen

Share = Annotated[float, Field(gt=0, le=1)]
Tokens = Annotated[float, Field(ge=0.001, le=1_000_000)]
Number = Annotated[int, Field(ge=1)]


class RatioBudgetSettings(Frozen):
    """Retries at most `ratio` of the calls of the last `window_s`, and `min_per_s` besides (Finagle RetryBudget).

    `min_per_s` lets a client with few calls retry. Finagle's own 10 a second would double a ratio of 10% for a
    client of 100 calls a second, so the default here is 1.
    """

    kind: Literal["ratio"]
    ratio: Annotated[float, Field(ge=0, le=10)] = 0.2
    min_per_s: Annotated[float, Field(ge=0, le=1e9)] = 1.0
    window_s: WindowSeconds = 10.0


class QuotaBudgetSettings(Frozen):
    """A bucket of tokens that retries take from and successes return to (botocore, standard mode)."""

    kind: Literal["quota"]
    tokens: Number = 500
    retry_cost: Number = 14
    throttled_cost: Number = 5
    """A retry after 429 or 503 with Retry-After."""
    success_refund: Number = 1
    """Returned by a success without a retry; a success after retries returns what its last retry took."""


class TokenBudgetSettings(Frozen):
    """Failures take a token, successes add `token_ratio`; retries stop at half (gRPC retryThrottling, A6).

    Both are counted in thousandths, as gRPC does.
    """

    kind: Literal["grpc"]
    max_tokens: Tokens = 10.0
    token_ratio: Tokens = 0.1


BudgetSettings = Annotated[
    RatioBudgetSettings | QuotaBudgetSettings | TokenBudgetSettings, Field(discriminator="kind")
]


class BackoffSettings(Frozen):
    """How long to sleep before a retry, in place of urllib3's formula. The slot is free during the sleep.

    Jitter with the names of AWS, "Exponential Backoff And Jitter": for the n-th retry, counted from 0, and
    e = min(cap_s, base_s·2ⁿ): exponential e, full U(0, e), equal e/2 + U(0, e/2), decorrelated
    min(cap_s, U(base_s, 3·previous)).
    """

    kind: Literal["exponential", "full", "equal", "decorrelated"]
    base_s: Seconds = 0.1
    cap_s: Seconds = 20.0


class BreakerSettings(Frozen):
    """Refuses attempts to a host that keeps failing; after `open_s` it admits `probes`, whose outcomes decide.

    Failure is an error, or a status of 500 and above, or 429.
    """

    failure_ratio: Share = 0.5
    minimum: Number = 20
    """The fewest attempts in the window for which the ratio is evaluated."""
    window_s: WindowSeconds = 10.0
    open_s: Seconds = 5.0
    probes: Number = 1


class RateThrottleSettings(Frozen):
    """At most `rate_per_s` attempts a second towards a host; one that would wait longer than `wait_s` is refused."""

    kind: Literal["rate"]
    rate_per_s: RatePerSecond
    burst: Number = 1
    wait_s: WaitSeconds = 1.0


class AdaptiveThrottleSettings(Frozen):
    """Refuses with max(0, (requests − k·accepts) / (requests + 1)) (SRE book, "Handling Overload", equation 21.1)."""

    kind: Literal["adaptive"]
    k: Annotated[float, Field(ge=1, le=1e6)] = 2.0
    window_s: WindowSeconds = 120.0


ThrottleSettings = Annotated[RateThrottleSettings | AdaptiveThrottleSettings, Field(discriminator="kind")]


class BulkheadSettings(Frozen):
    """At most `connections` concurrent attempts to a host; others wait in order, at most `wait_s`.

    A connection counts from the request until its body is read. This is the bounded wait that `pool_block`
    lacks: requests gives urllib3 no `pool_timeout`.
    """

    connections: Number
    wait_s: WaitSeconds = 1.0


class SocketSettings(Frozen):
    """Options of the TCP sockets. `source_address` is a local address to connect from."""

    source_address: str | None = None
    keepalive: bool = False
    keepalive_idle_s: Number | None = None
    keepalive_interval_s: Number | None = None
    keepalive_count: Number | None = None

    @model_validator(mode="after")
    def _details_need_keepalive(self) -> SocketSettings:
        details = (self.keepalive_idle_s, self.keepalive_interval_s, self.keepalive_count)
        if any(detail is not None for detail in details) and not self.keepalive:
            raise ValueError("sets details of keepalive, which is off; write keepalive = true")
        return self
