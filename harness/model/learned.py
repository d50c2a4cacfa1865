"""What was learned from production, with what cannot be known from it."""

from __future__ import annotations

from typing import Literal

from harness.model.verdict import Measurement
from mock_upstream.config.toml import Frozen
from mock_upstream.profile import ServiceTime


class Unknown(Frozen):
    """A quantity that cannot be known from the data, and why."""

    quantity: str
    why: str


class LearnedRoute(Frozen):
    """One route: its share of all calls, and of its attempts the share that failed, by status."""

    route: str
    share: Measurement
    errors: Measurement
    statuses: tuple[tuple[int, float], ...] = ()
    """Statuses of 400 and above, with the share of the route's attempts that had them."""


class LearnedArrivals(Frozen):
    """The rate of calls over time: one rate for each `step_s` seconds from `first_s` (Unix seconds) on.

    `dispersion` is the variance of counts over their mean within the steps: 1 for a Poisson process.
    """

    mean: Measurement
    rates_per_s: tuple[float, ...]
    step_s: float
    dispersion: float
    kind: Literal["poisson", "constant", "bursty"]
    first_s: float
    times_s: tuple[float, ...] = ()
    """When calls arrived, in seconds from the first on, where no curve of rates describes it."""


class Learned(Frozen):
    """The estimates from one source of `requests` attempts between `first_s` and `last_s` (Unix seconds).

    `workers` and `load` are None where their number cannot be known; `unknown` then says why. The law of service
    times was fitted to the attempts that a worker worked on, with `law_distance` as the largest difference of the
    distribution functions.
    """

    kind: str
    files: tuple[str, ...]
    requests: int
    skipped_lines: int
    first_s: float
    last_s: float
    arrivals: LearnedArrivals
    workers: Measurement | None
    load: Measurement | None
    overhead_s: float | None = None
    """What the client (or the proxy that wrote the log) and its network added to each request; it is subtracted."""
    service: tuple[Measurement, ...]
    law: ServiceTime
    law_distance: float
    response: tuple[Measurement, ...]
    timed_out: Measurement | None
    attempts_per_call: Measurement | None
    routes: tuple[LearnedRoute, ...]
    hidden: Measurement | None = None
    """The share of a second source's requests that this one does not have; None without a second source."""
    unknown: tuple[Unknown, ...]
