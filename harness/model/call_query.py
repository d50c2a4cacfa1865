"""Which calls of a run are wanted, in which order, and which part of that list."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from harness.model.call import Call
from harness.model.served import Served

FAILED = "any failure"
"""In place of an outcome: every outcome but `ok`."""


class Moment(StrEnum):
    """Which moment of a call lies in a time span."""

    ENDED = "ended"
    SCHEDULED = "scheduled"
    UNDER_WAY = "under way"


class CallOrder(StrEnum):
    """The order of a list of calls."""

    SLOWEST = "slowest first"
    FASTEST = "fastest first"
    EARLIEST = "earliest first"
    LATEST = "latest first"
    ATTEMPTS = "most attempts first"


@dataclass(frozen=True, slots=True)
class CallFilter:
    """Conditions for calls, of which every one must hold; one that is empty or None holds for every call.

    `outcomes` are outcomes' values or `FAILED`. A call has at least `attempts` attempts, took at least `slower_s` and
    less than `faster_s` seconds, and its `moment` lies from `from_s` until before `until_s` seconds after the run's
    start. `fault` is the name of a fault that hit one of its attempts by the upstream's ledger.
    """

    outcomes: tuple[str, ...] = ()
    statuses: tuple[int, ...] = ()
    routes: tuple[str, ...] = ()
    fault: str = ""
    attempts: int = 0
    slower_s: float | None = None
    faster_s: float | None = None
    from_s: float | None = None
    until_s: float | None = None
    moment: Moment = Moment.ENDED


@dataclass(frozen=True, slots=True)
class CallQuery:
    """A page of the calls that a filter lets through; `page` counts from 1."""

    filter: CallFilter = field(default_factory=CallFilter)
    order: CallOrder = CallOrder.SLOWEST
    page: int = 1
    size: int = 50


@dataclass(frozen=True, slots=True)
class CallRow:
    """One call of a list: its columns in the record, and the faults that hit its attempts by the upstream's ledger.

    `seconds` maps each column of a duration to its seconds, `latency_s` and other times between moments included.
    """

    arrival: int
    step: int
    method: str
    route: str
    outcome: str
    status: int
    attempts: int
    scheduled_s: float
    seconds: dict[str, float]
    faults: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The call's identity, `ARRIVAL.STEP`."""
        return f"{self.arrival}.{self.step}"


@dataclass(frozen=True, slots=True)
class CallPage:
    """Some calls of `total` that a filter lets through, out of `recorded` in all."""

    rows: tuple[CallRow, ...]
    total: int
    recorded: int


@dataclass(frozen=True, slots=True)
class CallCounts:
    """How many calls of a run have each outcome, status and route, and how many attempts each fault hit."""

    calls: int
    outcomes: dict[str, int]
    statuses: dict[int, int]
    routes: dict[str, int]
    faults: dict[str, int]


@dataclass(frozen=True, slots=True)
class TracedCall:
    """One call with its attempts, and what the upstream's ledger has of them; `served` is None without a ledger.

    `attempts_made` is how many attempts the call's own row counts; a live run may not have written them all.
    """

    call: Call
    attempts_made: int
    served: tuple[Served, ...] | None
