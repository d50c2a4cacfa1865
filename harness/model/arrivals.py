"""Phases of load: how many journeys start per second, independent of how fast the client handles them.

Every phase but `Closed` is open-loop. Rates are journeys per second, that is, requests to the team's service.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from mock_upstream.config.toml import Frozen


class _Phase(Frozen):
    @property
    def edges_s(self) -> tuple[float, ...]:
        """Moments within the phase at which the rate jumps, in seconds since its start."""
        return ()


MOST_PER_S, MOST_SECONDS = 1e6, 7 * 86_400.0
MOST_TURNS, MOST_USERS = 100_000, 5_000

Rate = Annotated[float, Field(gt=0, le=MOST_PER_S)]
Seconds = Annotated[float, Field(gt=0, le=MOST_SECONDS)]
Spacing = Literal["poisson", "constant"]


class Constant(_Phase):
    """A constant rate; several of them, one after another, make steps of unequal length."""

    shape: Literal["constant"] = "constant"
    rate_per_s: Rate
    duration_s: Seconds
    spacing: Spacing = "poisson"

    @property
    def arrivals(self) -> float:
        """Expected arrivals in the whole phase."""
        return self.rate_per_s * self.duration_s

    @property
    def most_per_s(self) -> float:
        """The highest rate of the phase."""
        return self.rate_per_s

    @property
    def summary(self) -> str:
        """The phase as a short text."""
        return f"{self.rate_per_s:g}/s"


class Ramp(_Phase):
    """A rate that rises or falls linearly."""

    shape: Literal["ramp"]
    rate_per_s: Annotated[float, Field(ge=0, le=MOST_PER_S)]
    to_rate_per_s: Rate
    duration_s: Seconds
    spacing: Spacing = "poisson"

    @property
    def arrivals(self) -> float:
        """Expected arrivals in the whole phase."""
        return (self.rate_per_s + self.to_rate_per_s) / 2.0 * self.duration_s

    @property
    def most_per_s(self) -> float:
        """The highest rate of the phase."""
        return max(self.rate_per_s, self.to_rate_per_s)

    @property
    def summary(self) -> str:
        """The phase as a short text."""
        return f"{self.rate_per_s:g} to {self.to_rate_per_s:g}/s"


class Steps(_Phase):
    """A staircase: each rate for `step_s`."""

    shape: Literal["steps"]
    rates_per_s: Annotated[tuple[Rate, ...], Field(min_length=1)]
    step_s: Seconds
    spacing: Spacing = "poisson"

    @property
    def duration_s(self) -> float:
        """Seconds of the whole staircase."""
        return self.step_s * len(self.rates_per_s)

    @property
    def edges_s(self) -> tuple[float, ...]:
        """Moments within the phase at which the rate jumps, in seconds since its start."""
        return tuple(self.step_s * number for number in range(1, len(self.rates_per_s)))

    @property
    def arrivals(self) -> float:
        """Expected arrivals in the whole phase."""
        return sum(self.rates_per_s) * self.step_s

    @property
    def most_per_s(self) -> float:
        """The highest rate of the phase."""
        return max(self.rates_per_s)

    @property
    def summary(self) -> str:
        """The phase as a short text."""
        return f"{len(self.rates_per_s)} steps to {self.rates_per_s[-1]:g}/s"


class Spike(_Phase):
    """A steady rate with one surge: `peak_per_s` from `at_s` of the phase for `for_s`."""

    shape: Literal["spike"]
    rate_per_s: Rate
    peak_per_s: Rate
    at_s: Annotated[float, Field(ge=0)]
    for_s: Seconds
    duration_s: Seconds
    spacing: Spacing = "poisson"

    @property
    def edges_s(self) -> tuple[float, ...]:
        """Moments within the phase at which the rate jumps, in seconds since its start."""
        return (self.at_s, self.at_s + self.for_s)

    @property
    def arrivals(self) -> float:
        """Expected arrivals in the whole phase, at most."""
        return self.rate_per_s * self.duration_s + self.peak_per_s * min(self.for_s, self.duration_s)

    @property
    def most_per_s(self) -> float:
        """The highest rate of the phase."""
        return max(self.rate_per_s, self.peak_per_s)

    @property
    def summary(self) -> str:
        """The phase as a short text."""
        return f"{self.rate_per_s:g}/s with a spike to {self.peak_per_s:g}/s"


class Seasonal(_Phase):
    """A day's curve compressed into `period_s`: a sine around `rate_per_s` that begins at its trough.

    `swing` is the amplitude as a share of the mean: 0.6 goes from 40% to 160% of it.
    """

    shape: Literal["seasonal"]
    rate_per_s: Rate
    swing: Annotated[float, Field(ge=0, le=1)] = 0.6
    period_s: Seconds
    duration_s: Seconds
    spacing: Spacing = "poisson"

    @property
    def arrivals(self) -> float:
        """Expected arrivals in the whole phase, at most."""
        return self.most_per_s * self.duration_s

    @property
    def most_per_s(self) -> float:
        """The highest rate of the phase."""
        return self.rate_per_s * (1.0 + self.swing)

    @property
    def summary(self) -> str:
        """The phase as a short text."""
        return f"{self.rate_per_s:g}/s ± {self.swing:.0%} over {self.period_s:g} s"


class Burst(_Phase):
    """On and off: `rate_per_s` for `on_s`, nothing for `off_s`, repeated."""

    shape: Literal["burst"]
    rate_per_s: Rate
    on_s: Seconds
    off_s: Seconds
    duration_s: Seconds
    spacing: Spacing = "poisson"

    @model_validator(mode="after")
    def _turns(self) -> Burst:
        turns = self.duration_s / (self.on_s + self.off_s)
        if turns > MOST_TURNS:
            raise ValueError(
                f"turns on {turns:,.0f} times; at most {MOST_TURNS:,} are possible, make on_s longer"
            )
        return self

    @property
    def edges_s(self) -> tuple[float, ...]:
        """Moments within the phase at which the rate jumps, in seconds since its start."""
        turns = int(self.duration_s / (self.on_s + self.off_s)) + 1
        starts = [turn * (self.on_s + self.off_s) for turn in range(turns)]
        edges = [edge for start in starts for edge in (start, start + self.on_s)]
        return tuple(edge for edge in edges if 0 < edge < self.duration_s)

    @property
    def arrivals(self) -> float:
        """Expected arrivals in the whole phase, at most."""
        return self.rate_per_s * min(
            self.duration_s, self.on_s * (self.duration_s / (self.on_s + self.off_s) + 1)
        )

    @property
    def most_per_s(self) -> float:
        """The highest rate of the phase."""
        return self.rate_per_s

    @property
    def summary(self) -> str:
        """The phase as a short text."""
        return f"{self.rate_per_s:g}/s, {self.on_s:g} s on and {self.off_s:g} s off"


class Replay(_Phase):
    """Recorded arrivals: `trace` names a CSV of seconds or an access log, relative to the scenario's file.

    The times are read in with the file, as `times_s` from the first one on; `speed` 2 plays them twice as fast.
    """

    shape: Literal["replay"]
    trace: str
    format: Literal["csv", "access-log"] = "csv"
    speed: Annotated[float, Field(ge=1e-3, le=1e6)] = 1.0
    times_s: tuple[float, ...] = ()

    @property
    def duration_s(self) -> float:
        """Seconds from the first arrival to just after the last."""
        return (self.times_s[-1] / self.speed if self.times_s else 0.0) + 1e-6

    @property
    def arrivals(self) -> float:
        """Recorded arrivals."""
        return float(len(self.times_s))

    @property
    def most_per_s(self) -> float:
        """The arrivals of the busiest second, as it is played."""
        seconds = Counter(int(time_s / self.speed) for time_s in self.times_s)
        return float(max(seconds.values(), default=0))

    @property
    def summary(self) -> str:
        """The phase as a short text."""
        return f"{len(self.times_s):,} recorded arrivals"


class Closed(_Phase):
    """Users that wait for each response, then for a think time, then start again: plain Locust's load, for comparison.

    A slow client reduces this load and so hides its own tail latency.
    """

    shape: Literal["closed"]
    users: Annotated[int, Field(ge=1, le=MOST_USERS)]
    think_s: Annotated[float, Field(ge=0)] = 0.0
    duration_s: Seconds

    @property
    def arrivals(self) -> float:
        """None is planned: users arrive when they are ready."""
        return 0.0

    @property
    def most_per_s(self) -> float:
        """No rate is planned: it depends on the response times."""
        return 0.0

    @property
    def summary(self) -> str:
        """The phase as a short text."""
        return f"{self.users} closed-loop users"


def shape(phase: object) -> str:
    """Which phase this is; `constant` is the default. Pydantic names the key in errors after this function."""
    if isinstance(phase, Mapping):
        return str(phase.get("shape", "constant"))
    return str(getattr(phase, "shape", "constant"))


Phase = Annotated[
    Annotated[Constant, Tag("constant")]
    | Annotated[Ramp, Tag("ramp")]
    | Annotated[Steps, Tag("steps")]
    | Annotated[Spike, Tag("spike")]
    | Annotated[Seasonal, Tag("seasonal")]
    | Annotated[Burst, Tag("burst")]
    | Annotated[Replay, Tag("replay")]
    | Annotated[Closed, Tag("closed")],
    Discriminator(shape),
]
