"""Every lever that can be applied while a run is live: its settings, title, ranges, handler, and what reverts it.

A lever is one class here and one method where it takes effect. The command line, the timeline of a scenario, the
pages, rehearsals and runbooks offer what this module lists.
"""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Field

from harness.model.durations import RatePerSecond, Seconds
from harness.model.guard_levers import SetHedge, SetLimiter
from harness.model.lever_base import Choice, Control, LeverBase, OwnSettings, Slider, Switch, Text
from harness.model.policy import Slots
from mock_upstream.profile import Capacity, Fault

Off = Literal[False]


class SetRetries(LeverBase):
    """At most `total` retries of each call. False is for none, true restores the policy's own retries."""

    lever: Literal["retries"]
    total: Annotated[int, Field(ge=0)] | bool

    title = "Retries"
    scope = "client"
    handler = "set_retries"

    @classmethod
    def controls(cls, own: OwnSettings) -> tuple[Control, ...]:
        return (Slider("total", "Retries of each call", 0, max(5, own.attempts_at_most), 0),)

    def revert(self, own: OwnSettings) -> SetRetries:
        return SetRetries(lever="retries", total=True)


class SetThrottle(LeverBase):
    """At most `rate_per_s` attempts per second from each process. False removes the limit."""

    lever: Literal["throttle"]
    rate_per_s: RatePerSecond | Off

    title = "Throttle"
    scope = "client"
    handler = "set_throttle"

    @classmethod
    def controls(cls, own: OwnSettings) -> tuple[Control, ...]:
        rate_per_s = max(2.0, own.rate_per_s or 100.0)
        high, start = round(2 * rate_per_s), round(rate_per_s / 2)
        return (Slider("rate_per_s", "Attempts per second, per process", 1, high, start, shown="%d/s"),)

    def revert(self, own: OwnSettings) -> SetThrottle:
        return SetThrottle(lever="throttle", rate_per_s=False)


class SetBudget(LeverBase):
    """Retries are at most the share `ratio` of calls. False restores the policy's own budget."""

    lever: Literal["budget"]
    ratio: Annotated[float, Field(gt=0, le=1)] | Off

    title = "Retry budget"
    scope = "client"
    handler = "set_budget"

    @classmethod
    def controls(cls, own: OwnSettings) -> tuple[Control, ...]:
        return (Slider("ratio", "Retries as a share of calls", 1, 100, 10, shown="%d%%", scale=0.01),)

    def revert(self, own: OwnSettings) -> SetBudget:
        return SetBudget(lever="budget", ratio=False)


class SetBreaker(LeverBase):
    """An open breaker refuses every call at once, a closed one lets every call out; auto leaves it to the policy."""

    lever: Literal["breaker"]
    state: Literal["open", "closed", "auto"]

    title = "Breaker"
    scope = "client"
    handler = "set_breaker"

    @classmethod
    def controls(cls, own: OwnSettings) -> tuple[Control, ...]:
        return (Choice("state", "State of the breaker", ("open", "closed")),)

    def revert(self, own: OwnSettings) -> SetBreaker:
        return SetBreaker(lever="breaker", state="auto")


class SetTimeouts(LeverBase):
    """Timeouts of every attempt from now on. A timeout that is left out stays with the policy."""

    lever: Literal["timeouts"]
    connect_s: Seconds | None = None
    read_s: Seconds | None = None

    title = "Timeouts"
    scope = "client"
    handler = "set_timeouts"

    @classmethod
    def controls(cls, own: OwnSettings) -> tuple[Control, ...]:
        def most(own_s: float | None) -> float:
            return round(max(10.0, 2 * (own_s or 5.0)), 2)

        read = Slider("read_s", "Read timeout", 0.05, most(own.read_s), 0.5, 0.05, "%.2f s")
        connect_most = most(own.connect_s)
        connect = Slider(
            "connect_s", "Connect timeout", 0.05, connect_most, 0.5, 0.05, "%.2f s", optional=True
        )
        return (read, connect)

    def revert(self, own: OwnSettings) -> SetTimeouts:
        return SetTimeouts(lever="timeouts")


class SetCache(LeverBase):
    """A response cache in front of the journey's GETs, in each process."""

    lever: Literal["cache"]
    on: bool = True
    ttl_s: Seconds = 10.0

    title = "Cache"
    scope = "service"
    handler = "set_cache"

    @classmethod
    def controls(cls, own: OwnSettings) -> tuple[Control, ...]:
        return (Slider("ttl_s", "Responses are kept for", 1, 120, 10, shown="%d s"),)

    def revert(self, own: OwnSettings) -> SetCache:
        return SetCache(lever="cache", on=False)


class SetPool(LeverBase):
    """Slots of every connection pool."""

    lever: Literal["pool"]
    maxsize: Slots

    title = "Connection pool"
    scope = "client"
    handler = "set_pool_maxsize"

    @classmethod
    def controls(cls, own: OwnSettings) -> tuple[Control, ...]:
        return (_size("maxsize", "Slots", own.pool_maxsize, max(100, 4 * own.pool_maxsize)),)

    def revert(self, own: OwnSettings) -> SetPool:
        return SetPool(lever="pool", maxsize=own.pool_maxsize)


class SetThreads(LeverBase):
    """Threads of each process of the service."""

    lever: Literal["threads"]
    count: Annotated[int, Field(ge=1, le=5000)]

    title = "Threads"
    scope = "service"
    handler = "set_threads"

    @classmethod
    def controls(cls, own: OwnSettings) -> tuple[Control, ...]:
        return (_size("count", "Threads of each process", own.threads, 5000),)

    def revert(self, own: OwnSettings) -> SetThreads:
        return SetThreads(lever="threads", count=own.threads)


class SetProcesses(LeverBase):
    """Processes of the service: more are started, or some are drained. Only in a run of several processes."""

    lever: Literal["processes"]
    count: Annotated[int, Field(ge=1, le=64)]

    title = "Processes"
    scope = "processes"
    handler = "set_processes"

    @classmethod
    def controls(cls, own: OwnSettings) -> tuple[Control, ...] | None:
        return (_size("count", "Processes", own.processes, 64),) if own.processes > 1 else None

    def revert(self, own: OwnSettings) -> SetProcesses:
        return SetProcesses(lever="processes", count=own.processes)


class SetFeature(LeverBase):
    """An optional step of the journey, on or off: the journey reads `thread.feature("recommendations")`."""

    lever: Literal["feature"]
    name: Annotated[str, Field(min_length=1)]
    on: bool

    title = "Feature"
    scope = "service"
    handler = "set_feature"

    @classmethod
    def controls(cls, own: OwnSettings) -> tuple[Control, ...]:
        return (Text("name", "Name of the step"), Switch("on", "Switched on"))

    def revert(self, own: OwnSettings) -> SetFeature:
        return SetFeature(lever="feature", name=self.name, on=True)


class SetCapacity(LeverBase):
    """The upstream's workers, queue and discipline, replaced as a whole."""

    lever: Literal["capacity"]
    capacity: Capacity

    title = "Capacity of the upstream"
    scope = "upstream"
    handler = "set_capacity"

    def revert(self, own: OwnSettings) -> SetCapacity:
        return SetCapacity(lever="capacity", capacity=own.capacity)


class AddFault(LeverBase):
    """Turn a fault of the upstream on. The fault's own `ttl_s` turns it off again."""

    lever: Literal["fault"]
    fault: Fault

    title = "Fault of the upstream"
    scope = "upstream"
    handler = "add_fault"

    def revert(self, own: OwnSettings) -> ClearFaults:
        return ClearFaults(lever="clear_faults")


class ClearFaults(LeverBase):
    """Turn every fault of the upstream off. This cannot be reverted."""

    lever: Literal["clear_faults"]

    title = "Clear faults"
    scope = "upstream"
    handler = "clear_faults"

    @classmethod
    def controls(cls, own: OwnSettings) -> tuple[Control, ...]:
        return ()

    def revert(self, own: OwnSettings) -> None:
        return None


AnyLever = (
    SetRetries | SetThrottle | SetBudget | SetBreaker | SetLimiter | SetHedge | SetTimeouts | SetCache | SetPool
    | SetThreads | SetProcesses | SetFeature | SetCapacity | AddFault | ClearFaults
)  # fmt: skip
Lever = Annotated[AnyLever, Field(discriminator="lever")]

LEVERS: dict[str, type[AnyLever]] = {
    get_args(kind.model_fields["lever"].annotation)[0]: kind for kind in get_args(AnyLever)
}
"""Every lever's type by its name, the ones that people reach for first in front."""


def _size(setting: str, title: str, own: int, most: int) -> Slider:
    """A count that begins at twice its own value and goes to four times that, if `most` allows it."""
    start = min(most, 2 * own)
    return Slider(setting, title, 1, max(start, min(most, 4 * own)), start)
