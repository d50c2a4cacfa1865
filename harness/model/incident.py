"""An incident as Prometheus saw it: what changed and when, which thresholds broke, and the faults that replay it."""

from __future__ import annotations

from typing import Literal

from mock_upstream.config.toml import Frozen

Signal = Literal["rate", "errors", "latency"]
FaultKind = Literal["latency", "status", "pause"]


class SignalChange(Frozen):
    """A change of one signal: calls per second, the share of failed calls, or the mean latency in seconds."""

    signal: Signal
    at_s: float
    """Unix seconds; the scrape after which the new level shows."""
    before: float
    after: float


class Episode(Frozen):
    """A stretch in which calls failed or were slow, and the fault that replays it. Times are Unix seconds."""

    kind: FaultKind
    begin_s: float
    end_s: float
    ratio: float = 1.0
    """The share of calls that it hit."""
    add_s: float = 0.0
    status: int = 0


class JudgedThreshold(Frozen):
    """A threshold that the service exports, and the share of bad events against its budget in the incident."""

    text: str
    bad_ratio: float
    budget_ratio: float

    @property
    def broken(self) -> bool:
        """Whether more events were bad than the budget allows."""
        return self.bad_ratio > self.budget_ratio


class Incident(Frozen):
    """What changed between `first_s` and `last_s` (Unix seconds), by scrapes of `scrape_s` seconds.

    `rate_per_s` and `service_s` are those before the first change: calls per second, and latencies in equal steps of
    their rank, to the bucket.
    """

    service: str
    first_s: float
    last_s: float
    scrape_s: float
    calls: int
    rate_per_s: float
    service_s: tuple[float, ...]
    changes: tuple[SignalChange, ...]
    episodes: tuple[Episode, ...]
    thresholds: tuple[JudgedThreshold, ...]
    alerts: tuple[str, ...]
