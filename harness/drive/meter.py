"""What the progress line says of the last second; it loads nothing of the service."""

from __future__ import annotations

from math import inf
from time import monotonic
from typing import TYPE_CHECKING

from harness.model.call import Call
from harness.model.driver_messages import Progress
from harness.model.quantile import quantile
from harness.model.slo import Slo

if TYPE_CHECKING:
    from harness.drive.service import Service


class Meter:
    """Calls that ended in the last second, for the progress line.

    A failed call is infinitely late, or with the SLO's `failed_calls = "apart"` not in the p99.
    """

    def __init__(self, slo: Slo) -> None:
        self._apart = slo.failed_calls == "apart"
        self._ended = 0
        self._latencies_s: list[float] = []
        self._good = 0
        self._since_s = monotonic()
        self.calls = self.errors = 0

    def add(self, call: Call) -> None:
        """Counts one ended call."""
        self.calls += 1
        self.errors += not call.outcome.good
        self._good += call.outcome.good
        self._ended += 1
        if call.outcome.good:
            self._latencies_s.append(call.latency_s)
        elif not self._apart:
            self._latencies_s.append(inf)

    def take(self, at_s: float, service: Service, draining: bool) -> Progress:
        """The progress of the last second; begins the next one."""
        latencies_s, self._latencies_s = self._latencies_s, []
        good, self._good = self._good, 0
        ended, self._ended = self._ended, 0
        p99_s = quantile(latencies_s, 0.99) if latencies_s else None
        now_s = monotonic()
        passed_s, self._since_s = max(now_s - self._since_s, 1e-9), now_s
        return Progress(
            at_s=at_s,
            arrived=service.arrived,
            calls=self.calls,
            errors=self.errors,
            rate_per_s=ended / passed_s,
            good_per_s=good / passed_s,
            p99_s=None if p99_s == inf else p99_s,
            p99_reached=p99_s != inf,
            busy_threads=service.busy_threads,
            queued_journeys=service.arrival_queue.qsize(),
            draining=draining,
        )
