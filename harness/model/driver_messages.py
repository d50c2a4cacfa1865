"""The messages between the lab and a driver process: one JSON object on each line, in both directions."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, TypeAdapter

from harness.model.ending import EarlyEndField, Lost
from harness.model.errors import ConfigError, MachineError, SurgelineError
from harness.model.lever import Pull, Pulled
from harness.model.policy import Policy
from harness.model.rehearsed_rollout import RehearsedRollout
from harness.model.scenario import Scenario
from mock_upstream.config.toml import Frozen

TARGET_REFUSED = "target refused"
"""The name of the event that tells of a host to which the driver was not allowed to connect."""


class Prepare(Frozen):
    """The first message to a driver: build everything, start nothing yet."""

    kind: Literal["prepare"] = "prepare"
    policy: Policy
    rollout: RehearsedRollout | None = None
    """Two policies that send the calls in place of the one."""
    scenario: Scenario
    seed: int
    target: str
    targets: dict[str, str] = Field(default_factory=dict)
    """Every region of the upstream, by name."""
    allowed_targets: tuple[str, ...] = ()
    """The hosts beside loopback to which the process may connect."""
    ca: str = ""
    """The file of the authority of the upstream's certificates, which no Session trusts by default."""
    ca_pem: str = ""
    """The content of that file, for a worker on a machine that does not have it."""
    folder_on_path: str
    metrics_host: str = "127.0.0.1"
    metrics_port: int = 0
    index: int = 0
    processes: int = 1
    leads: bool = False
    """Whether the driver leads worker processes, which connect to `master_host`:`master_port` (0: any free one)."""
    master_host: str = "127.0.0.1"
    master_port: int = 0
    service_token: str = ""
    """The token by which the processes of the team's own service at `target` are known; "" without one."""

    @property
    def drives_service(self) -> bool:
        """Whether the load goes to the edge of a real service, and the policy is inside of it."""
        return bool(self.service_token)


class Go(Frozen):
    """Begin at `epoch_s` on the monotonic clock of the machine with `boot_id`, and record into `folder`.

    Other machines find the same moment by `epoch_wall_s`, in Unix time.
    """

    kind: Literal["go"] = "go"
    run: str
    folder: str
    epoch_s: float
    epoch_wall_s: float = 0.0
    boot_id: str = ""


class Reshare(Frozen):
    """From `from_s` on, the arrivals are divided among `processes` processes."""

    kind: Literal["reshare"] = "reshare"
    from_s: float
    processes: int


class PullOrder(Frozen):
    """Pull a lever, and acknowledge when it has taken effect."""

    kind: Literal["pull"] = "pull"
    pull: Pull


class Bye(Frozen):
    """All results have arrived; a worker may exit."""

    kind: Literal["bye"] = "bye"


class Stop(Frozen):
    """Take no more arrivals, let calls end for at most `drain_s`, then finish."""

    kind: Literal["stop"] = "stop"
    drain_s: float


class Listening(Frozen):
    """The master waits for its workers here."""

    kind: Literal["listening"] = "listening"
    host: str
    port: int


class Ready(Frozen):
    """The driver's journey, session and threads are ready; each process serves metrics on an address of `metrics`.

    `policy` is the Session as built: a team's own is read back from its objects.
    """

    kind: Literal["ready"] = "ready"
    metrics: tuple[str, ...]
    policy: Policy
    reports: str = ""
    """Where the processes of the team's own service send their reports, as HOST:PORT."""


class Refused(Frozen):
    """The driver cannot run it: an error in its three parts, and whether the input or the machine is the cause."""

    kind: Literal["refused"] = "refused"
    cause: Literal["input", "machine"]
    place: str
    key: str
    problem: str

    @classmethod
    def by(cls, error: SurgelineError) -> Self:
        """The message for an error."""
        cause: Literal["input", "machine"] = "machine" if isinstance(error, MachineError) else "input"
        return cls(cause=cause, place=error.place, key=error.key, problem=error.problem)

    @property
    def error(self) -> SurgelineError:
        """The error that the message tells of."""
        kind = MachineError if self.cause == "machine" else ConfigError
        return kind(self.place, self.key, self.problem)


class Progress(Frozen):
    """The last second: time, rate, latency and errors.

    `p99_s` is None when no call that it covers ended in it, and when it is not reached because too many calls failed.
    """

    kind: Literal["progress"] = "progress"
    at_s: float
    arrived: int
    calls: int
    errors: int
    rate_per_s: float
    good_per_s: float
    p99_s: float | None
    p99_reached: bool = True
    busy_threads: int
    queued_journeys: int
    draining: bool


class Noted(Frozen):
    """An event for the record."""

    kind: Literal["noted"] = "noted"
    at_s: float
    name: str
    detail: str
    about: Literal["driver", "service"] = "driver"


class Joined(Frozen):
    """A process of the team's own service has begun to report; `process` numbers them from 1."""

    kind: Literal["joined"] = "joined"
    at_s: float
    process: int
    pid: int


class WorkerLost(Frozen):
    """A worker is silent; what it sent stays."""

    kind: Literal["worker_lost"] = "worker_lost"
    at_s: float
    lost: Lost


class Done(Frozen):
    """Everything is on disk. `early` is None after a whole run."""

    kind: Literal["done"] = "done"
    early: EarlyEndField | None = None


ToDriver = Annotated[Prepare | Go | Stop | Reshare | PullOrder | Bye, Field(discriminator="kind")]
FromDriver = Annotated[
    Listening | Ready | Refused | Progress | Noted | Joined | WorkerLost | Pulled | Done,
    Field(discriminator="kind"),
]

_AT_FIRST_USE = ConfigDict(defer_build=True)  # A process reads only one of the two.
to_driver: TypeAdapter[ToDriver] = TypeAdapter(ToDriver, config=_AT_FIRST_USE)
from_driver: TypeAdapter[FromDriver] = TypeAdapter(FromDriver, config=_AT_FIRST_USE)
