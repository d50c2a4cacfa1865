"""Samples of the driver itself and of the pools, so that a late generator is never mistaken for a slow policy."""

from __future__ import annotations

import resource
from math import inf
from time import monotonic, process_time
from typing import NamedTuple

import gevent
import psutil

from harness.drive.service import Service
from harness.model.call import Call
from harness.model.driver_messages import Progress
from harness.model.quantile import quantile
from harness.model.slo import Slo
from harness.record.rows import Row
from harness.session.trace.pool_gauge import PoolGauge

HEARTBEAT_S = 0.05
SAMPLE_S = 0.2


class TimerDelay:
    """Sleeps in short steps and keeps the worst delay: how long the event loop was blocked."""

    def __init__(self) -> None:
        self._worst_s = 0.0

    def measure(self) -> None:
        """Runs until the process ends, in its own greenlet."""
        while True:
            asleep_s = monotonic()
            gevent.sleep(HEARTBEAT_S)
            self._worst_s = max(self._worst_s, monotonic() - asleep_s - HEARTBEAT_S)

    def take(self) -> float:
        """The worst delay since the last sample, in seconds."""
        worst_s, self._worst_s = self._worst_s, 0.0
        return worst_s


class PoolRow(NamedTuple):
    """One row of the record's `pool` table: the pools to one host, sampled once for record and metrics."""

    at_s: float
    host: str
    maxsize: int
    in_use: int
    idle: int
    waiting: int
    opened: int
    discarded: int
    stale: int
    longest_wait_s: float
    process: int


def pool_row(at_s: float, gauge: PoolGauge, process: int) -> PoolRow:
    """The gauge's current values."""
    return PoolRow(
        at_s, gauge.host, gauge.maxsize, gauge.in_use, gauge.idle, gauge.waiting,
        gauge.opened, gauge.discarded, gauge.stale, gauge.longest_wait_s(monotonic()), process,
    )  # fmt: skip


class ProcessStats:
    """This process's share of a core, since the last sample."""

    def __init__(self) -> None:
        self._wall_s, self._cpu_s = monotonic(), process_time()
        self._process = psutil.Process()

    def row(self, at_s: float, late_s: float, service: Service) -> Row:
        """One row of the record's `driver` table, but for the process's number."""
        wall_s, cpu_s = monotonic(), process_time()
        ratio = (cpu_s - self._cpu_s) / max(wall_s - self._wall_s, 1e-9)
        self._wall_s, self._cpu_s = wall_s, cpu_s
        rss_bytes = self._process.memory_info().rss
        return (
            at_s,
            late_s,
            ratio,
            rss_bytes,
            service.busy_threads,
            service.arrival_queue.qsize(),
            service.arrived,
        )


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


def raise_descriptor_limit() -> None:
    """Lets this process open as many sockets as the system's hard limit allows."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
