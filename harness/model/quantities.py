"""Every quantity that a run measures, one row each.

Columns of the record, thresholds, measurements, comparisons, metrics, panels, parts of the anatomy chart and titles are
made from these rows. A new duration is a field of `Attempt`, a row here, and the code that measures it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Literal

from harness.model.call import Attempt, Call

Unit = Literal["s", "1/s", "ratio", "count", "attempts/call", "1/call"]
Better = Literal["lower", "higher", "neither"]
Hue = Literal[
    "grey", "sand", "gold", "orange", "mint", "teal", "blue", "sky", "green", "lilac", "purple", "silver",
    "rose", "brown", "slate", "coral", "lime",
]  # fmt: skip
"""Colours of the theme's palette; each part of a call has one of its own."""

STATISTICS = {"p50": "p50", "p90": "p90", "p95": "p95", "p99": "p99", "p999": "p99.9", "max": "max"}
"""A statistic as measurements name it, and as people write it."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a call's latency in the anatomy chart: the seconds in `column`, less those in `without`.

    Its last seconds may be a part of their own, `inner`, which only the waterfall of one call shows.
    """

    title: str
    hue: Hue
    column: str
    without: str = ""
    inner: Part | None = None


@dataclass(frozen=True, slots=True)
class HistogramSpec:
    """A duration for Prometheus. `each` is what one observation is about; `quantiles` are read back from it.

    The exporter fills a histogram without labels by itself: for each call, or for the first call of each journey.
    """

    metric: str
    help: str
    each: Literal["call", "journey", "attempt"] = "call"
    labels: tuple[str, ...] = ()
    quantiles: tuple[str, ...] = ("p99",)


@dataclass(frozen=True, slots=True)
class Duration:
    """Seconds of one call; fewer are better.

    With `between`, two moments of the call, it is the time from the first to the second. Without it is the sum of a
    field of `Attempt` over the attempts, without those that were lost to another one beside them, whose time is no part
    of the call's; attempts with the flag `split` are then summed in a column of their own. `slo` lets thresholds name
    it. An attempt may have begun with one that is `before_start`: it can lie before the attempt's `started_s`.
    `reported` are the statistics that every run measures; of these the terminal lists `shown`, tables of several runs
    `key`, and comparisons give differences of `compared`.
    """

    name: str
    title: str
    between: tuple[str, str] | None = None
    split: str = ""
    parts: tuple[Part, ...] = ()
    histogram: HistogramSpec | None = None
    slo: bool = False
    before_start: bool = False
    reported: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    compared: tuple[str, ...] = ()

    @property
    def field(self) -> str:
        """The attribute of `Call` or of `Attempt` that holds it."""
        return self.name + "_s"

    @property
    def inside_service(self) -> bool:
        """Whether a started service must report it; the others are seen by its callers."""
        return self.between is None or "started_s" in self.between

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of `calls` that add up to it."""
        return (self.field, self.split + "_s") if self.split else (self.field,)


@dataclass(frozen=True, slots=True)
class Figure:
    """A quantity of the whole run that is one number; the flags mean what they mean for a `Duration`."""

    name: str
    unit: Unit
    title: str
    better: Better = "lower"
    shown: bool = False
    key: bool = False
    compared: bool = False


LATENCY = Duration(
    "latency", "Latency", between=("scheduled_s", "ended_s"), slo=True,
    reported=("p50", "p95", "p99", "p999", "max"), shown=("p50", "p95", "p99", "p999", "max"),
    key=("p50", "p95", "p99", "p999"), compared=("p50", "p95", "p99"),
    histogram=HistogramSpec(
        "surgeline_call_duration_seconds",
        "Time of one logical request from its scheduled start to its end, with all attempts and waits.",
        labels=("route", "outcome"), quantiles=("p50", "p95", "p99", "p999"),
    ),
)  # fmt: skip
FIRST_BYTE = Duration(
    "first_byte", "Wait for the response's head",
    parts=(Part("waiting for the upstream", "blue", "first_byte_s", without="connect_s"),),
)  # fmt: skip
BACKOFF = Duration(
    "backoff", "Backoff", split="backoff_held", slo=True, reported=("p99",),
    parts=(
        Part("backoff (slot free)", "lilac", "backoff_s"),
        Part("backoff (slot held)", "purple", "backoff_held_s"),
    ),
    histogram=HistogramSpec(
        "surgeline_backoff_seconds", "Time slept between two attempts.", each="attempt", labels=("slot",)
    ),
)  # fmt: skip

# In the order in which tables list them; the durations in the order in which a call meets them.
QUANTITIES: tuple[Duration | Figure, ...] = (
    Figure("offered_rate", "1/s", "Offered", "neither", shown=True),
    Figure("achieved_rate", "1/s", "Achieved", "higher", shown=True),
    Figure("goodput", "1/s", "Goodput", "higher", shown=True, key=True, compared=True),
    Figure("error_ratio", "ratio", "Calls failed", shown=True, key=True, compared=True),
    LATENCY,
    Duration(
        "schedule_lag", "Schedule lag", between=("scheduled_s", "dispatched_s"), reported=("p99",), shown=("p99",),
        parts=(Part("schedule lag", "grey", "schedule_lag_s"),),
        histogram=HistogramSpec(
            "surgeline_schedule_lag_seconds", "Delay with which the load generator itself started a journey.",
            each="journey",
        ),
    ),
    Duration(
        "thread_wait", "Thread wait", between=("dispatched_s", "started_s"), slo=True,
        reported=("p99", "max"), shown=("p99",), key=("p99",), compared=("p99",),
        parts=(Part("thread wait", "sand", "thread_wait_s"),),
        histogram=HistogramSpec(
            "surgeline_thread_wait_seconds", "Time a journey waited for a free thread of the service.",
            each="journey",
        ),
    ),
    Duration("throttle", "Throttle", before_start=True, parts=(Part("throttle", "gold", "throttle_s"),)),
    Duration(
        "pool_wait", "Pool wait", slo=True, before_start=True,
        reported=("p50", "p95", "p99", "max"), shown=("p99",), key=("p99",), compared=("p99",),
        parts=(Part("pool wait", "orange", "pool_wait_s"),),
        histogram=HistogramSpec(
            "surgeline_pool_wait_seconds",
            "Time of one call spent waiting for a pooled connection, over all its attempts.",
            quantiles=("p50", "p99"),
        ),
    ),
    Duration(
        "limiter_wait", "Limiter wait", slo=True, before_start=True, reported=("p99",),
        parts=(Part("limiter wait", "coral", "limiter_wait_s"),),
    ),
    Duration(
        "hedge_wait", "Hedge wait", before_start=True, parts=(Part("wait before the hedge", "lime", "hedge_wait_s"),)
    ),
    Figure("starved_caller.p50", "s", "Longest wait for a connection, typical caller"),
    Figure("starved_caller.max", "s", "Longest wait for a connection, worst caller", shown=True),
    Duration(
        "connect", "Connect", slo=True, reported=("p99",),
        parts=(Part("connect", "mint", "connect_s", inner=Part("TLS handshake", "teal", "tls_s")),),
    ),
    Duration("tls", "TLS handshake"),
    FIRST_BYTE,
    Duration("body", "Body", parts=(Part("body", "sky", "body_s"),)),
    Duration("drain", "Drain", parts=(Part("drain", "green", "drain_s"),)),
    BACKOFF,
    Figure("recovery", "s", "Recovery"),
    Figure("amplification", "attempts/call", "Attempts per call", shown=True, key=True, compared=True),
    Figure("calls", "count", "Calls", "neither", shown=True, key=True),
    Figure("attempts", "count", "Attempts", "neither", shown=True),
    Figure("hedges", "count", "Hedges", "neither"),
    Figure("hedges_per_call", "1/call", "Hedges per call", compared=True),
    Figure("connections.opened", "count", "Connections opened", shown=True, key=True),
    Figure("connections.reused", "count", "Connections reused", "higher", shown=True),
    Figure("connections.discarded", "count", "Connections discarded", shown=True),
    Figure("connections.opened_per_call", "1/call", "Connections opened per call", compared=True),
)  # fmt: skip

OUTBOUND = "outbound"
"""The column of `calls` that says which inbound calls of a started service count in its attempts per call."""
DURATIONS = tuple(row for row in QUANTITIES if isinstance(row, Duration))
FIGURES = tuple(row for row in QUANTITIES if isinstance(row, Figure))
BY_NAME = {row.name: row for row in QUANTITIES}
SLO_DURATIONS = tuple(row.name for row in DURATIONS if row.slo)
SUMMED = tuple(row for row in DURATIONS if not row.between)
"""What the record sums over a call's attempts."""
SUMMED_COLUMNS = tuple(column for row in SUMMED for column in row.columns)
NOT_ALWAYS_SHOWN = frozenset(field.name for field in fields(Attempt) if str(field.type).endswith("| None"))
"""Fields of an attempt that some libraries do not show; unknown of a call when unknown of one of its attempts."""
OTHER = Part("other", "silver", "")
"""What is left of a call's latency."""
PARTS = (*(part for row in DURATIONS for part in row.parts), OTHER)


def _measurements(chosen: Callable[[Duration | Figure], bool | tuple[str, ...]]) -> tuple[str, ...]:
    """The names of the measurements that the rows choose."""
    names: list[str] = []
    for row in QUANTITIES:
        statistics = chosen(row)
        if isinstance(statistics, tuple):
            names += [f"{row.name}.{statistic}" for statistic in statistics]
        elif statistics:
            names.append(row.name)
    return tuple(names)


SHOWN = _measurements(lambda row: row.shown)
KEY = _measurements(lambda row: row.key)
COMPARED = _measurements(lambda row: row.compared)
HIGHER_IS_BETTER = frozenset(row.name for row in FIGURES if row.better == "higher")
NEITHER_IS_BETTER = frozenset(row.name for row in FIGURES if row.better == "neither")

TITLES = {row.name: row.title for row in FIGURES} | {
    f"{row.name}.{statistic}": f"{row.title} {written}"
    for row in DURATIONS
    for statistic, written in STATISTICS.items()
}


def unit_of(measurement: str) -> Unit:
    """The unit of a measurement by its dotted name."""
    row = BY_NAME.get(measurement)
    return row.unit if isinstance(row, Figure) else "s"


def seconds_of(duration: Duration) -> Callable[[Call], float]:
    """How to read a duration from a call, with all its attempts."""
    read: Callable[[object], float] = attrgetter(duration.field)
    if duration.between:
        return read

    def over_attempts(call: Call) -> float:
        attempts = call.attempts
        if len(attempts) == 1:
            return read(attempts[0])
        return sum((read(attempt) for attempt in attempts if not attempt.lost), 0.0)

    return over_attempts
