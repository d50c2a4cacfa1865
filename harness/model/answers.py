"""The answers to the questions of `surgeline advise`: what is known of a call, its caller and its upstream."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from harness.model.ownership import Day, FileOwner
from mock_upstream.config.toml import Frozen

Duration = Annotated[float, Field(ge=0.01, le=3600)]
ServiceSeconds = Annotated[float, Field(ge=0.00001, le=60)]
Ratio = Annotated[float, Field(ge=0, lt=1)]
Cost = Literal["low", "medium", "high"]
Method = Literal["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "POST", "PATCH"]


class KnownUpstream(Frozen):
    """What is known of the upstream; what is not written is unknown. Times are those of a worker, without any wait."""

    workers: Annotated[int, Field(ge=1, le=100_000)] | None = None
    """How many requests it serves at once, for all of its clients."""
    median_s: ServiceSeconds | None = None
    p99_s: ServiceSeconds | None = None
    errors: Ratio | None = None
    """The share of attempts that fail with a status of 500 or above."""
    learned: str | None = None
    """A folder that `surgeline learn` wrote, relative to this file, in place of the other keys."""


class Answers(Frozen):
    """One kind of call that a service makes, as its team describes it."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=50)]
    description: Annotated[str, Field(max_length=500)] = ""
    owner: FileOwner | None = None
    review_by: Day | None = None
    failure_cost: Cost
    """What a failed call costs: low where the caller has another response, high where money or data is lost."""
    burstiness: Literal["steady", "bursty"]
    burst_factor: Annotated[float, Field(ge=1, le=100)] | None = None
    """The rate in bursts of two seconds over that of the expected peak; 2 where a bursty load does not say."""
    compliance: bool
    """Whether each change of the policy has to be shown to an auditor."""
    method: Method = "GET"
    idempotent: bool
    """Whether a request may be executed twice."""
    idempotency_key: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    """The header by which the upstream recognises a repeated POST or PATCH."""
    budget_s: Duration
    """The latency budget of the caller: later, the response is of no use."""
    share: Annotated[float, Field(ge=0.0001, le=1)]
    """This service's share of the upstream's traffic."""
    peak_per_s: Annotated[float, Field(ge=0.01, le=20_000)]
    """The expected peak of this service's calls per second."""
    upstream: KnownUpstream = KnownUpstream()

    @property
    def burst(self) -> float:
        """The rate in bursts over that of the expected peak; 1 without bursts."""
        return 1.0 if self.burstiness == "steady" else self.burst_factor or 2.0
