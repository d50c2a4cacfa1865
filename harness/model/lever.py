"""Controls that can be pulled while a run is live: from its timeline, the command line or the dashboard."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from mock_upstream.config.toml import Frozen
from mock_upstream.profile import Capacity, Fault

Off = Literal[False]


class SetThrottle(Frozen):
    """At most `rate_per_s` attempts a second from each process; false removes the limit."""

    lever: Literal["throttle"]
    rate_per_s: PositiveFloat | Off


class SetRetries(Frozen):
    """At most `total` retries a call, false for none, true restores the policy's own."""

    lever: Literal["retries"]
    total: Annotated[int, Field(ge=0)] | bool


class SetBudget(Frozen):
    """Retries are at most this share of calls; false restores the policy's own budget."""

    lever: Literal["budget"]
    ratio: Annotated[float, Field(gt=0, le=1)] | Off


class SetBreaker(Frozen):
    """Force the breaker open or closed, or leave it to the policy."""

    lever: Literal["breaker"]
    state: Literal["open", "closed", "auto"]


class SetTimeouts(Frozen):
    """Timeouts of every attempt from now on; one left out stays with the policy."""

    lever: Literal["timeouts"]
    connect_s: PositiveFloat | None = None
    read_s: PositiveFloat | None = None


class SetPool(Frozen):
    """Slots of every connection pool."""

    lever: Literal["pool"]
    maxsize: PositiveInt


class SetThreads(Frozen):
    """Threads of each process of the service."""

    lever: Literal["threads"]
    count: Annotated[int, Field(ge=1, le=5000)]


class SetProcesses(Frozen):
    """Processes of the service: more are started, fewer are drained. Only in a run of several processes."""

    lever: Literal["processes"]
    count: Annotated[int, Field(ge=1, le=64)]


class SetFeature(Frozen):
    """An optional step of the journey, on or off: `thread.feature("recommendations")` reads it."""

    lever: Literal["feature"]
    name: Annotated[str, Field(min_length=1)]
    on: bool


class SetCache(Frozen):
    """A response cache in front of the journey's GETs, per process."""

    lever: Literal["cache"]
    on: bool
    ttl_s: PositiveFloat = 10.0


class SetCapacity(Frozen):
    """The upstream's workers, queue and discipline, replaced as a whole."""

    lever: Literal["capacity"]
    capacity: Capacity


class AddFault(Frozen):
    """Turn a fault of the upstream on; `ttl_s` of the fault turns it off again."""

    lever: Literal["fault"]
    fault: Fault


class ClearFaults(Frozen):
    """Turn every fault of the upstream off."""

    lever: Literal["clear_faults"]


ClientLever = (
    SetThrottle
    | SetRetries
    | SetBudget
    | SetBreaker
    | SetTimeouts
    | SetPool
    | SetThreads
    | SetProcesses
    | SetFeature
    | SetCache
)
UpstreamLever = SetCapacity | AddFault | ClearFaults
Lever = Annotated[ClientLever | UpstreamLever, Field(discriminator="lever")]


class Pull(Frozen):
    """One pull of one lever: who requested it, and a number by which it is acknowledged."""

    id: str
    who: str
    lever: Lever


class Pulled(Frozen):
    """The result of a pull: how many processes acknowledged it, when, and the problem if there was one."""

    kind: Literal["pulled"] = "pulled"
    id: str
    at_s: NonNegativeFloat
    acknowledged: int
    processes: int
    problem: str = ""


def lever_text(lever: ClientLever | UpstreamLever) -> str:
    """A lever with its settings, as it appears in an event: `throttle rate_per_s=120`."""
    settings = lever.model_dump(exclude={"lever"}, exclude_unset=True, mode="json")
    return " ".join([lever.lever, *(f"{key}={value}" for key, value in settings.items())])
