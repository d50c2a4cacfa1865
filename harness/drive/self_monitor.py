"""Samples of the driver itself and of the pools, so that a late generator is never mistaken for a slow policy."""

from __future__ import annotations

import resource
from pathlib import Path
from time import monotonic, process_time
from typing import NamedTuple

import gevent
import psutil

from harness.drive.service import Service
from harness.model.errors import MachineError
from harness.record.rows import Row
from harness.session.trace.pool_gauge import PoolGauge

HEARTBEAT_S = 0.05
SAMPLE_S = 0.2
OWN_DESCRIPTORS = 64
"""Of a driver: pipes, tables, metrics, libraries."""


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
    discarded: int | None
    stale: int | None
    longest_wait_s: float
    process: int


def pool_row(at_s: float, gauge: PoolGauge, process: int) -> PoolRow:
    """The gauge's current values."""
    return PoolRow(
        at_s, gauge.host, gauge.maxsize, gauge.in_use, gauge.idle, gauge.waiting,
        gauge.opened, gauge.discarded, gauge.stale, gauge.longest_wait_s(monotonic()), process,
    )  # fmt: skip


def core_wait_s() -> float:
    """Seconds that the main thread was ready to run and had no core, since it began; NaN where Linux does not say.

    See the run_delay of /proc/<pid>/schedstat in the kernel's sched-stats.rst.
    """
    try:
        return int(Path("/proc/self/schedstat").read_text(encoding="ascii").split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return float("nan")


class ProcessStats:
    """This process's share of a core, and how long it waited for one, since the last sample."""

    def __init__(self) -> None:
        self._wall_s, self._cpu_s, self._waited_s = monotonic(), process_time(), core_wait_s()
        self._process = psutil.Process()

    def row(self, at_s: float, late_s: float, service: Service, process: int) -> Row:
        """One row of the record's `driver` table."""
        wall_s, cpu_s, waited_s = monotonic(), process_time(), core_wait_s()
        length_s = max(wall_s - self._wall_s, 1e-9)
        ratio, waited = (cpu_s - self._cpu_s) / length_s, (waited_s - self._waited_s) / length_s
        self._wall_s, self._cpu_s, self._waited_s = wall_s, cpu_s, waited_s
        rss_bytes = self._process.memory_info().rss
        return (
            at_s,
            late_s,
            ratio,
            rss_bytes,
            service.busy_threads,
            service.arrival_queue.qsize(),
            service.due(at_s),
            process,
            waited,
        )


def raise_descriptor_limit() -> None:
    """Lets this process open as many sockets as the system's hard limit allows."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def check_descriptor_limit(scenario: str, threads: int) -> None:
    """Raises MachineError where not each thread could have a connection: calls would fail by this machine's fault."""
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most != resource.RLIM_INFINITY and most < threads + OWN_DESCRIPTORS:
        problem = (
            f"is {threads}, and each thread needs an open file, but the driver may have {most:,} at most; "
            f"raise the limit (ulimit -n {threads + OWN_DESCRIPTORS}), or lower service.threads"
        )
        raise MachineError(scenario, "service.threads", problem)
