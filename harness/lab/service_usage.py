"""How much of the machine the processes of a started service use: cores and memory, sampled from outside."""

from __future__ import annotations

from contextlib import suppress
from time import monotonic

import psutil

from harness.record.rows import Row


class ServiceUsage:
    """Samples every process below the guardian `pid`."""

    def __init__(self, pid: int) -> None:
        """Raises psutil.NoSuchProcess when there is none."""
        self._guardian = psutil.Process(pid)
        self._at_s = monotonic()
        self._cpu_s: dict[psutil.Process, float] = {}
        self.rows(0.0)

    def rows(self, at_s: float) -> list[Row]:
        """One row of the record's `service` table for each process, over the time since the last sample.

        A process that began since then counts from its beginning; one that has ended meanwhile has no row.
        """
        now_s, seen, found = monotonic(), dict[psutil.Process, float](), list[Row]()
        elapsed_s, self._at_s = max(now_s - self._at_s, 1e-9), now_s
        for process in self._processes():
            with suppress(psutil.Error), process.oneshot():
                used = process.cpu_times()
                seen[process] = used.user + used.system
                ratio = (seen[process] - self._cpu_s.get(process, 0.0)) / elapsed_s
                found.append((at_s, process.pid, ratio, process.memory_info().rss))
        self._cpu_s = seen
        return found

    def _processes(self) -> list[psutil.Process]:
        with suppress(psutil.Error):
            return self._guardian.children(recursive=True)
        return []
