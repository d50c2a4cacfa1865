"""What the lab and a driver process say to each other: one JSON object a line, either way."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from harness.model.errors import Frozen
from harness.model.policy import Policy
from harness.model.scenario import Scenario


class Prepare(Frozen):
    """First word to a driver: build everything, promise nothing yet."""

    kind: Literal["prepare"] = "prepare"
    policy: Policy
    scenario: Scenario
    seed: int
    target: str
    folder_on_path: str
    metrics_host: str = "127.0.0.1"
    metrics_port: int = 0


class Go(Frozen):
    """Begin at `epoch_s` on the machine's monotonic clock, and record into `folder`."""

    kind: Literal["go"] = "go"
    run: str
    folder: str
    epoch_s: float


class Stop(Frozen):
    """Take no more arrivals, let calls end for at most `drain_s`, then finish."""

    kind: Literal["stop"] = "stop"
    drain_s: float


class Ready(Frozen):
    """The driver's journey, session and threads stand; metrics are served on `metrics_port`.

    `policy` is what the Session really is: a team's own is read back from its objects.
    """

    kind: Literal["ready"] = "ready"
    metrics_port: int
    policy: Policy


class Refused(Frozen):
    """The driver can't do it: bad input, in BadInput's three parts."""

    kind: Literal["refused"] = "refused"
    place: str
    key: str
    problem: str


class Progress(Frozen):
    """The last second: how far, how fast, how bad. `p99_s` is None when no call ended in it."""

    kind: Literal["progress"] = "progress"
    at_s: float
    arrived: int
    calls: int
    errors: int
    rate_per_s: float
    p99_s: float | None
    busy_threads: int
    queued_journeys: int
    draining: bool


class Noted(Frozen):
    """Something worth an event in the record."""

    kind: Literal["noted"] = "noted"
    at_s: float
    name: str
    detail: str


class Done(Frozen):
    """Everything is on disk. `problem` is empty after a whole run."""

    kind: Literal["done"] = "done"
    problem: str = ""


ToDriver = Annotated[Prepare | Go | Stop, Field(discriminator="kind")]
FromDriver = Annotated[Ready | Refused | Progress | Noted | Done, Field(discriminator="kind")]

to_driver: TypeAdapter[ToDriver] = TypeAdapter(ToDriver)
from_driver: TypeAdapter[FromDriver] = TypeAdapter(FromDriver)
