"""The conditions of a run: arrivals, journey, the service it lives in, a timeline of faults, an SLO."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from harness.model.arrivals import MOST_SECONDS, Closed, Phase, Seconds
from harness.model.lever_catalogue import Lever
from harness.model.ownership import Day, FileOwner, Flag
from harness.model.secret import Pairs
from harness.model.slo import Slo, Threshold, parse
from mock_upstream.config.toml import Frozen
from mock_upstream.profile import TimelineFault

MOST_ARRIVALS, MOST_SEED = 5_000_000, 2**63 - 1
WATCHABLE = ("latency.p99", "error_ratio", "goodput")


class ServiceSettings(Frozen):
    """The deployed service: gunicorn's workers and threads. A connection pool lives in one process.

    With a `command` it is the team's own service, which the run starts; without one, the driver simulates it.
    """

    processes: Annotated[int, Field(ge=1, le=64)] = 1
    threads: Annotated[int, Field(ge=1, le=5000)] = 64
    max_waiting: Annotated[int, Field(ge=0)] | None = None
    """How many journeys of one process may wait for a thread; one more is dropped and counted."""
    command: tuple[str, ...] = ()
    """The program and its arguments. `{bind}` is the address to listen on, as HOST:PORT; `{host}`, `{port}`,
    `{upstream}`, `{processes}`, `{threads}` and `{python}`, surgeline's own interpreter, are replaced too."""
    folder: str = "."
    """The folder to start it in, relative to the scenario's file."""
    ready: Annotated[str, Field(pattern="^/")] = "/"
    """The path that responds with success once the service is ready."""
    ready_s: Annotated[float, Field(gt=0, le=600)] = 30.0
    env: Pairs = Field(default_factory=dict)
    """Variables of its environment beside those of surgeline's own; `{upstream}` is the dependency's URL."""

    @property
    def summary(self) -> str:
        """Its threads, and whether it is the team's own."""
        return f"{self.threads} threads" + (" of a started service" if self.command else "")

    @model_validator(mode="after")
    def _one_that_is_started_listens_where_it_is_told(self) -> ServiceSettings:
        written = {"folder": self.folder != ".", "ready": self.ready != "/", "env": bool(self.env)}
        given = [name for name, is_written in written.items() if is_written]
        if given and not self.command:
            raise ValueError(f"has {given[0]} and no command; add the command that starts the service")
        places = (*self.command, *self.env.values())
        if self.command and not any("{bind}" in part or "{port}" in part for part in places):
            raise ValueError("has a command without {bind} and {port}; pass it the address to listen on")
        return self


class TimelineLever(Frozen):
    """A lever that the scenario itself pulls: at `at_s`, or once `when` has held for `hold_s` seconds.

    `when` is a threshold over the last second, such as `p99(latency) > 1s`; it is evaluated from `at_s` on. In
    a file the lever's own keys stand beside these: `at_s = 14`, `lever = "throttle"`, `rate_per_s = 120`.
    """

    at_s: Annotated[float, Field(ge=0)] = 0.0
    when: str = ""
    hold_s: Annotated[float, Field(ge=0)] = 1.0
    pull: Lever

    @model_validator(mode="before")
    @classmethod
    def _lever_keys_beside_ours(cls, data: object) -> object:
        if not isinstance(data, Mapping) or "lever" not in data:
            return data
        ours = {key: value for key, value in data.items() if key in cls.model_fields}
        return {**ours, "pull": {key: value for key, value in data.items() if key not in ours}}

    @field_validator("when")
    @classmethod
    def _readable(cls, value: str) -> str:
        if value:
            watchable(parse(value))
        return value


class MixedRequest(Frozen):
    """One kind of request of a mix, with its share in proportion to the weights of the others."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    """The route under which its calls are counted."""
    method: Annotated[str, Field(pattern=r"^[A-Z]{1,20}$")] = "GET"
    path: Annotated[str, Field(pattern=r"^/", max_length=2000)]
    weight: Annotated[float, Field(gt=0, le=1e9)] = 1.0
    think_s: Annotated[float, Field(ge=0, le=3600)] = 0.0
    """How many seconds the user waits before it, in `scenarios.journeys.mix:in_order`."""


def watchable(threshold: Threshold) -> Threshold:
    """A threshold that can be watched live, over the last second. Raises ValueError for another one."""
    if threshold.measurement not in WATCHABLE:
        raise ValueError(f"must be about one of {', '.join(WATCHABLE)}, not {threshold.measurement}")
    return threshold


def kind(entry: object) -> str:
    """Whether a timeline entry is a fault or a lever; pydantic names the key in errors after this function."""
    given = entry if isinstance(entry, Mapping) else getattr(entry, "__dict__", {})
    return "lever" if "pull" in given or "lever" in given else "fault"


TimelineEntry = Annotated[
    Annotated[TimelineFault, Tag("fault")] | Annotated[TimelineLever, Tag("lever")], Discriminator(kind)
]


class Scenario(Frozen):
    """One experiment, complete but for the policy. `upstream` is a file, relative to the scenario's own."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=60)]
    description: str = ""
    owner: FileOwner | None = None
    review_by: Day | None = None
    """The day by which somebody of the owner's team reviews the file again."""
    flag: tuple[Flag, ...] = ()
    """Settings that are meant to be temporary; `surgeline check --all` lists those that are stale."""
    seed: Annotated[int, Field(ge=0, le=MOST_SEED)] = 0
    upstream: str
    journey: str
    mix: tuple[MixedRequest, ...] = ()
    """The requests of which `scenarios.journeys.mix:one_request` makes one for each arrival, by their weights.

    `scenarios.journeys.mix:in_order` makes all of them, one after the other.
    """
    service: ServiceSettings = ServiceSettings()
    arrivals: Annotated[tuple[Phase, ...], Field(min_length=1)]
    timeline: tuple[TimelineEntry, ...] = ()
    drain_s: Seconds = 15.0
    slo: Slo = Slo()
    expected_peak_per_s: Annotated[float, Field(gt=0)] | None = None
    """The highest expected rate of journeys per second; `surgeline range` shows the headroom at this rate."""

    @field_validator("journey")
    @classmethod
    def _module_and_name(cls, value: str) -> str:
        if not re.match(r"^[\w.]+:\w+$", value):
            raise ValueError('must be written as "module:function"')
        return value

    @model_validator(mode="after")
    def _closed_stands_alone(self) -> Scenario:
        if len(self.arrivals) > 1 and any(isinstance(phase, Closed) for phase in self.arrivals):
            raise ValueError(
                "has a closed phase together with others; closed-loop users must be the only phase"
            )
        return self

    @model_validator(mode="after")
    def _arrivals_fit(self) -> Scenario:
        planned = sum(phase.arrivals for phase in self.arrivals)
        if planned > MOST_ARRIVALS:
            raise ValueError(
                f"plans {planned:,.0f} arrivals (rate × duration); at most {MOST_ARRIVALS:,} are possible, "
                "lower the rates or the durations of [[arrivals]]"
            )
        if self.duration_s > MOST_SECONDS:
            raise ValueError(f"takes {self.duration_s:,.0f} s; at most {MOST_SECONDS:,.0f} s are possible")
        return self

    @model_validator(mode="after")
    def _steady_until_the_warmup_is_estimated(self) -> Scenario:
        first_s = min(self.changes_s, default=self.duration_s)
        if self.slo.warmup == "mser" and first_s <= self.slo.warmup_s:
            raise ValueError(
                f'slo.warmup is "mser", which estimates the warm-up from steady load, but conditions change at'
                f" {first_s:g} s, within warmup_s = {self.slo.warmup_s:g}; change them later, or state the warm-up"
            )
        return self

    @property
    def duration_s(self) -> float:
        """Seconds in which journeys arrive; the drain comes after."""
        return sum(phase.duration_s for phase in self.arrivals)

    @property
    def most_per_s(self) -> float:
        """The highest rate of arrivals that is planned."""
        return max(phase.most_per_s for phase in self.arrivals)

    @property
    def faults(self) -> tuple[TimelineFault, ...]:
        """The timeline's faults, which the upstream applies itself."""
        return tuple(entry for entry in self.timeline if isinstance(entry, TimelineFault))

    @property
    def levers(self) -> tuple[TimelineLever, ...]:
        """The timeline's levers, which the lab pulls."""
        return tuple(entry for entry in self.timeline if isinstance(entry, TimelineLever))

    @property
    def closed(self) -> Closed | None:
        """The closed-loop phase, which stands alone; None for open-loop arrivals."""
        first = self.arrivals[0]
        return first if isinstance(first, Closed) else None

    @property
    def trigger_s(self) -> tuple[float, float] | None:
        """When the first fault begins and the last one ends; None without faults, or when one does not end."""
        ends = [fault.at_s + fault.for_s for fault in self.faults if fault.for_s is not None]
        if not ends or len(ends) < len(self.faults):
            return None
        return min(fault.at_s for fault in self.faults), max(ends)

    @property
    def changes_s(self) -> tuple[float, ...]:
        """Moments at which the scenario itself changes the conditions: edges of load, faults and levers."""
        edges, begin_s = set[float](), 0.0
        for phase in self.arrivals:
            edges.update(begin_s + at_s for at_s in phase.edges_s)
            begin_s += phase.duration_s
            edges.add(begin_s)
        for entry in self.timeline:
            edges.add(entry.at_s)
        for fault in self.faults:
            edges.add(fault.at_s + (fault.for_s or 0.0))
        return tuple(sorted(edges - {0.0, begin_s}))
