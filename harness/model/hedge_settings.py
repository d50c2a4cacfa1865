"""The settings of hedging: a further attempt of a request before the first one has ended.

`max_attempts`, the delay and the statuses that do not decide are those of gRPC's hedging policy (proposal A6).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, model_validator

from harness.model.durations import WaitSeconds
from mock_upstream.config.toml import Frozen

NEED_A_KEY = frozenset({"POST", "PATCH"})
USUAL_DELAY: Literal["p95"] = "p95"


class NotHedged(StrEnum):
    """Why an attempt was not followed by a hedge. The first four are known when the request is sent."""

    METHOD = "method"
    STREAM = "stream"
    BODY = "body"
    RETRIES = "retries"
    RETRY_AFTER = "retry_after"
    BREAKER = "breaker"
    THROTTLE = "throttle"
    SLOT = "slot"
    LIMITER = "limiter"
    THREAD = "thread"
    BUDGET = "budget"

    @property
    def because(self) -> str:
        """The reason, as the end of a sentence that begins with "because"."""
        return _BECAUSE[self]


_BECAUSE = {
    NotHedged.METHOD: "the method is not in hedge.methods, or the request has no idempotency key",
    NotHedged.STREAM: "the call reads its body as a stream",
    NotHedged.BODY: "the body of the request can be sent only once",
    NotHedged.RETRIES: "the Session retries its attempts",
    NotHedged.RETRY_AFTER: "the upstream's Retry-After had not passed",
    NotHedged.BREAKER: "the breaker was not closed",
    NotHedged.THROTTLE: "the throttle would have delayed or refused it",
    NotHedged.SLOT: "no connection of the pool or the bulkhead was free",
    NotHedged.LIMITER: "the limit of concurrent attempts was in use",
    NotHedged.THREAD: "all helper threads were busy",
    NotHedged.BUDGET: "the retry budget was exhausted",
}


class HedgeSettings(Frozen):
    """A request without a response after the delay is sent again; the first good response is used.

    The delay is `delay_s`, or a percentile of the recent times of first attempts to the same host. A failure, or a
    response with one of `non_fatal_statuses`, does not decide while another attempt can; the next attempt is then sent
    at once. gRPC has no status in that list by default; here are those of its example, as HTTP has them. POST and PATCH
    need a request header whose name is `idempotency_key`. At most `threads` hedges are under way at once.
    """

    max_attempts: Annotated[int, Field(ge=2, le=5)] = 2
    delay_s: WaitSeconds | None = None
    delay: Literal["p50", "p90", "p95", "p99"] | None = None
    non_fatal_statuses: tuple[Annotated[int, Field(ge=400, le=599)], ...] = (500, 502, 503, 504)
    methods: tuple[str, ...] = ("DELETE", "GET", "HEAD", "OPTIONS", "PUT", "TRACE")
    idempotency_key: Annotated[str, Field(min_length=1)] | None = None
    threads: Annotated[int, Field(ge=1, le=1000)] = 16

    @model_validator(mode="after")
    def _one_delay(self) -> HedgeSettings:
        if self.delay_s is not None and self.delay is not None:
            raise ValueError("has both delay_s and delay, which are two rules for one delay; remove one")
        return self

    @model_validator(mode="after")
    def _a_key_where_needed(self) -> HedgeSettings:
        unsafe = sorted(NEED_A_KEY & {method.upper() for method in self.methods})
        if unsafe and self.idempotency_key is None:
            raise ValueError(
                f"has {unsafe[0]} in methods without an idempotency key, so it may be executed twice; set "
                "idempotency_key to the name of the header that carries it, or remove the method"
            )
        return self

    @property
    def statistic(self) -> str:
        """The percentile of recent times that is the delay where no `delay_s` is set."""
        return self.delay or USUAL_DELAY
