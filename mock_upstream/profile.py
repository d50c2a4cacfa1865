"""What an upstream is: capacity, service time, faults, regions, routes, TLS; frozen and validated.

This is all of mock_upstream that other packages may import.
"""

from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt, model_validator

from mock_upstream.config.errors import ConfigError
from mock_upstream.config.regular_file import UnreadableFileError, read_file
from mock_upstream.config.toml import Frozen, build, read
from mock_upstream.faults import BandwidthFault, Fault, FaultRule, LossFault
from mock_upstream.faults.timeline import TimelineFault
from mock_upstream.service_time import EmpiricalTime, ExponentialTime, FixedTime, LognormalTime, ServiceTime

__all__ = [
    "Capacity", "EmpiricalTime", "ExponentialTime", "Fault", "FaultRule", "FixedTime", "LognormalTime", "Profile",
    "Route", "ServiceTime", "TimelineFault", "read_profile",
]  # fmt: skip

_CSV_VALUES, _CSV_BYTES = 100_000, 4_000_000


class Capacity(Frozen):
    """`workers` that serve one queue in parallel; without a number they are unlimited."""

    workers: PositiveInt | None = None
    queue: NonNegativeInt | None = None
    """How many requests may wait; further ones overflow. Without a number the queue is unlimited."""
    discipline: Literal["fifo", "lifo"] = "fifo"
    overflow: Literal["status", "reset"] = "status"
    """The immediate response to a request when the queue is full: 503 or a TCP reset."""
    abandoned: Literal["finish", "cancel"] = "finish"
    """Whether a worker keeps working on a request whose client has left."""
    brownout: NonNegativeFloat = 0.0
    """Each busy worker makes the next one slower: service time × (1 + brownout × busy)."""


class SingleFault(Frozen):
    """One fault by itself, as the control API accepts it."""

    fault: Fault


class Route(Frozen):
    """A path with a fixed response, or with another service time."""

    path: Annotated[str, Field(pattern="^/")]
    """A glob over the path."""
    method: str = "*"
    status: Annotated[int, Field(ge=200, le=599)] | None = None
    body: str | None = None
    """With a body or a status the route returns this response; without, the built-in endpoint responds."""
    content_type: str = "application/json"
    headers: dict[str, str] = Field(default_factory=dict)
    service_time: ServiceTime | None = None


class RegionSettings(Frozen):
    """One listener: an address of the upstream, with its own latency and faults."""

    name: Annotated[str, Field(min_length=1)]
    port: NonNegativeInt = 0
    latency_s: NonNegativeFloat = 0.0
    jitter_s: NonNegativeFloat = 0.0
    bandwidth_bytes_per_s: PositiveInt | None = None
    loss: Annotated[float, Field(ge=0.0, le=1.0)] = 0.0
    """The share of responses that stall for a lost packet."""
    capacity: Capacity | None = None
    """The region's own workers; without them, it shares the profile's."""
    fault: tuple[Fault, ...] = ()

    def own_faults(self) -> tuple[FaultRule, ...]:
        """Return the region's faults, including those of its network link, restricted to the region."""
        line: list[FaultRule] = []
        if self.loss:
            line.append(LossFault(kind="loss", ratio=self.loss))
        if self.bandwidth_bytes_per_s:
            line.append(BandwidthFault(kind="bandwidth", bytes_per_s=self.bandwidth_bytes_per_s))
        return tuple(fault.model_copy(update={"region": self.name}) for fault in (*self.fault, *line))


class Limits(Frozen):
    """Limits on what the upstream accepts from a client."""

    head_bytes: PositiveInt = 65536
    """A larger request head gets 431."""
    body_bytes: PositiveInt = 64 * 1024 * 1024
    """A larger request body gets 413."""
    head_s: PositiveFloat = 30.0
    """A request that takes longer to arrive is rejected with 408."""
    idle_s: PositiveFloat = 300.0
    """A connection that is silent for longer between requests is closed."""
    ledger_rows: Annotated[int, Field(ge=1, le=2_000_000)] = 65536


class Tls(Frozen):
    """A second, encrypted listener beside each plain one, with a certificate for `host` and 127.0.0.1."""

    host: str = "localhost"
    port: NonNegativeInt = 0
    """The port of the first region; the others use any free one."""


class Profile(Frozen):
    """An upstream: its capacity, its service time, and its faults."""

    name: Annotated[str, Field(min_length=1)]
    description: str = ""
    seed: NonNegativeInt = 0
    capacity: Capacity = Capacity()
    service_time: ServiceTime = FixedTime()
    fault: tuple[Fault, ...] = ()
    """Faults that are always active (until `ttl_s`)."""
    timeline: tuple[TimelineFault, ...] = ()
    region: tuple[RegionSettings, ...] = ()
    """Without any there is one, named "main"."""
    route: tuple[Route, ...] = ()
    tls: Tls | None = None
    fault_headers: bool = False
    """Whether requests may request faults in Envoy's headers, such as `x-envoy-fault-abort-request: 503`."""
    limits: Limits = Limits()

    @model_validator(mode="after")
    def _regions_agree(self) -> Self:
        names = [region.name for region in self.regions()]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"region {name} is defined {names.count(name)} times; names must differ")
        for fault in (*self.fault, *(entry.fault for entry in self.timeline)):
            if fault.region not in ("*", *names):
                closest = get_close_matches(fault.region, names, n=1) or [", ".join(names)]
                raise ValueError(
                    f'fault {fault.label()} is for region "{fault.region}"; did you mean {closest[0]}?'
                )
        return self

    def regions(self) -> tuple[RegionSettings, ...]:
        """Return the regions, at least one."""
        return self.region or (RegionSettings(name="main"),)


def read_profile(path: Path) -> Profile:
    """Return the profile in the file, with the CSVs it names read in, or raise ConfigError."""
    table = read(path)
    _inline_csv(table, path)
    return build(Profile, table, str(path))


def _inline_csv(table: dict[str, object], path: Path) -> None:
    """Turn `csv = "times.csv"` of a service time into its values, so that the profile needs no other file."""
    routes = table.get("route", [])
    holders = [table, *(routes if isinstance(routes, list) else [])]
    for holder in holders:
        times = holder.get("service_time") if isinstance(holder, dict) else None
        if isinstance(times, dict) and isinstance(times.get("csv"), str):
            times["values_s"] = _numbers(path.parent / times.pop("csv"))


def _numbers(path: Path) -> list[float]:
    try:
        lines = read_file(path, _CSV_BYTES).decode("utf-8").splitlines()
        numbers = [float(line) for line in lines if line.strip()]
    except UnreadableFileError as error:
        raise ConfigError(str(path), "", str(error)) from None
    except ValueError as error:
        raise ConfigError(str(path), "", f"{error}; each line must be a number of seconds") from None
    if len(numbers) > _CSV_VALUES:
        problem = f"has {len(numbers):,} values; at most {_CSV_VALUES:,} are read"
        raise ConfigError(str(path), "", problem)
    return numbers
