"""A pitfall of requests or urllib3, as a file: the callers, the upstream, and the expected results."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from harness.model.policy import Policy
from mock_upstream.config.toml import Frozen
from mock_upstream.profile import Profile

Measure = Literal[
    "attempts_per_call",
    "call_s",
    "connections_opened",
    "connections_per_call",
    "cpu_s_per_call",
    "drain_s",
    "error_ratio",
    "first_backoff_s",
    "first_byte_s",
    "outcome",
    "p99_s",
    "pool_wait_s",
    "pools",
    "raised",
    "starved_s",
    "tls_s",
    "wall_s",
]


class Callers(Frozen):
    """Threads that make calls, each the next one when the last has ended, or together at `rate_per_s`."""

    method: str = "GET"
    path: str = "/get"
    threads: Annotated[int, Field(ge=1, le=200)] = 1
    calls: Annotated[int, Field(ge=1)] | None = None
    """Over all threads."""
    uncounted: Annotated[int, Field(ge=0)] = 0
    """The number of calls at the start that are not measured."""
    for_s: Annotated[float, Field(gt=0)] | None = None
    after_s: Annotated[float, Field(ge=0)] = 0.0
    """Seconds after the first of all callers."""
    rate_per_s: Annotated[float, Field(gt=0)] | None = None
    """Poisson arrivals, in place of one call after the other."""
    read_timeout_s: Annotated[float, Field(gt=0)] | None = None
    """In place of the policy's."""
    verify: Literal["ca", "bundle", "toggled"] | None = None
    """Over TLS: the upstream's authority alone, within the usual bundle, or verified for every second call only."""
    regions: bool = False
    """Calls the upstream's regions in turn, each with its own host."""

    @model_validator(mode="after")
    def _ends(self) -> Callers:
        if (self.calls is None) == (self.for_s is None):
            raise ValueError("must have either calls or for_s, so that it ends")
        return self


class PitfallCase(Frozen):
    """The changes for this case, the measure of its last callers, and the expected bounds."""

    name: str = ""
    change: dict[str, object] = Field(default_factory=dict)
    """Dotted keys under policy, upstream and callers."""
    environment: dict[str, str] = Field(default_factory=dict)
    netrc_entries: Annotated[int, Field(ge=0)] = 0
    breaker_library: Literal["", "pybreaker"] = ""
    measure: Measure
    at_least: float | None = None
    at_most: float | None = None
    equals: str | None = None
    times_first_at_least: float | None = None
    """Relative to the first case's value."""


class Pitfall(Frozen):
    """One pitfall with its cases. `known` is the value reported before; `link` is the report."""

    number: Annotated[int, Field(ge=1)]
    title: str
    known: str
    link: Annotated[str, Field(pattern="^https://")]
    upstream: Profile
    policy: Policy
    callers: Annotated[tuple[Callers, ...], Field(min_length=1)]
    case: Annotated[tuple[PitfallCase, ...], Field(min_length=1)]
