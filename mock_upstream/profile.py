"""What an upstream is: capacity, service time, faults, regions, routes, TLS; frozen and validated.

This is all of mock_upstream that other packages may import.
"""

from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt, model_validator

from mock_upstream.config.errors import ConfigError
from mock_upstream.config.toml import Frozen, build, read
from mock_upstream.faults import BandwidthFault, Fault, FaultRule, LossFault
from mock_upstream.faults.timeline import TimelineFault
from mock_upstream.service_time import FixedTime, ServiceTime

__all__ = ["Capacity", "Fault", "FaultRule", "Profile", "ServiceTime", "TimelineFault", "read_profile"]


class Capacity(Frozen):
    """`workers` that work side by side on one queue; without a number, there are always enough."""

    workers: PositiveInt | None = None
    queue: NonNegativeInt | None = None
    """How many requests may wait; more overflow. Without a number, all may."""
    discipline: Literal["fifo", "lifo"] = "fifo"
    overflow: Literal["status", "reset"] = "status"
    """What a request meets that finds the queue full: 503 or a TCP reset, at once."""
    abandoned: Literal["finish", "cancel"] = "finish"
    """Whether a worker keeps working on a request whose client has left."""
    brownout: NonNegativeFloat = 0.0
    """Each busy worker makes the next one slower: service time × (1 + brownout × busy)."""


class FaultInHand(Frozen):
    """One fault by itself, as the control API takes it."""

    fault: Fault


class Route(Frozen):
    """A path of its own: a fixed answer, or a service time that differs."""

    path: Annotated[str, Field(pattern="^/")]
    """A glob over the path."""
    method: str = "*"
    status: Annotated[int, Field(ge=200, le=599)] | None = None
    body: str | None = None
    """With a body or a status the route answers this; without, the built-in endpoint does."""
    content_type: str = "application/json"
    headers: dict[str, str] = Field(default_factory=dict)
    service_time: ServiceTime | None = None


class RegionSettings(Frozen):
    """One listener: a place the upstream can be reached at, with its own distance and fate."""

    name: Annotated[str, Field(min_length=1)]
    port: NonNegativeInt = 0
    latency_s: NonNegativeFloat = 0.0
    jitter_s: NonNegativeFloat = 0.0
    bandwidth_bytes_per_s: PositiveInt | None = None
    loss: Annotated[float, Field(ge=0.0, le=1.0)] = 0.0
    """The share of answers that stall for a lost packet."""
    capacity: Capacity | None = None
    """Workers of its own; without, it shares the profile's."""
    fault: tuple[Fault, ...] = ()

    def own_faults(self) -> tuple[FaultRule, ...]:
        """Return the region's faults, its line's included, aimed at itself."""
        line: list[FaultRule] = []
        if self.loss:
            line.append(LossFault(kind="loss", ratio=self.loss))
        if self.bandwidth_bytes_per_s:
            line.append(BandwidthFault(kind="bandwidth", bytes_per_s=self.bandwidth_bytes_per_s))
        return tuple(fault.model_copy(update={"region": self.name}) for fault in (*self.fault, *line))


class Limits(Frozen):
    """What the upstream puts up with from a client."""

    head_bytes: PositiveInt = 65536
    """A larger request head gets 431."""
    body_bytes: PositiveInt = 64 * 1024 * 1024
    """A larger request body gets 413."""
    head_s: PositiveFloat = 30.0
    """A request that takes longer to arrive is cut off."""
    idle_s: PositiveFloat = 300.0
    """A connection that is silent for longer between requests is closed."""
    ledger_rows: PositiveInt = 65536


class Tls(Frozen):
    """A second, encrypted listener beside each plain one, with a certificate for `host` and 127.0.0.1."""

    host: str = "localhost"
    port: NonNegativeInt = 0
    """Of the first region; the others take any free one."""


class Profile(Frozen):
    """An upstream: how much it carries, how long it takes, and how it fails."""

    name: Annotated[str, Field(min_length=1)]
    description: str = ""
    seed: NonNegativeInt = 0
    capacity: Capacity = Capacity()
    service_time: ServiceTime = FixedTime()
    fault: tuple[Fault, ...] = ()
    """Always on (until `ttl_s`)."""
    timeline: tuple[TimelineFault, ...] = ()
    region: tuple[RegionSettings, ...] = ()
    """Without any there is one, called "main"."""
    route: tuple[Route, ...] = ()
    tls: Tls | None = None
    fault_headers: bool = False
    """Whether requests may ask for faults in Envoy's headers, such as `x-envoy-fault-abort-request: 503`."""
    limits: Limits = Limits()

    @model_validator(mode="after")
    def _regions_agree(self) -> Self:
        names = [region.name for region in self.regions()]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"region {name} is there {names.count(name)} times; names must differ")
        for fault in (*self.fault, *(entry.fault for entry in self.timeline)):
            if fault.region not in ("*", *names):
                near = get_close_matches(fault.region, names, n=1) or [", ".join(names)]
                raise ValueError(
                    f'fault {fault.label()} aims at region "{fault.region}"; did you mean {near[0]}?'
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
    """Turn `csv = "times.csv"` of a service time into its values, so that the profile stands alone."""
    routes = table.get("route", [])
    holders = [table, *(routes if isinstance(routes, list) else [])]
    for holder in holders:
        times = holder.get("service_time") if isinstance(holder, dict) else None
        if isinstance(times, dict) and isinstance(times.get("csv"), str):
            times["values_s"] = _numbers(path.parent / times.pop("csv"))


def _numbers(path: Path) -> list[float]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        return [float(line) for line in lines if line.strip()]
    except OSError as error:
        raise ConfigError(str(path), "", f"can't be read ({error.strerror}); check the path") from None
    except ValueError as error:
        raise ConfigError(str(path), "", f"{error}; each line must be a number of seconds") from None
