"""What the processes below a guardian use of the machine."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from harness.lab.service_usage import ServiceUsage

BUSY = "import os; parent = os.getppid()\nwhile os.getppid() == parent: sum(range(10_000))"
IDLE = "import sys; sys.stdin.read()"


@contextmanager
def child(code: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process below this one."""
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def used_s(pid: int) -> float:
    """The processor time that a process has used."""
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


def test_a_process_that_computes_is_told_from_one_that_waits() -> None:
    with child(BUSY) as busy, child(IDLE) as idle:
        usage = ServiceUsage(os.getpid())
        before_s = used_s(busy.pid)
        while used_s(busy.pid) < before_s + 0.1:
            os.sched_yield()
        rows = {row[1]: row for row in usage.rows(4.0)}
    assert rows[busy.pid][0] == 4.0
    assert rows[busy.pid][2] > 5 * rows[idle.pid][2]
    assert rows[idle.pid][3] > 1 << 20


def test_a_process_that_has_ended_has_no_row() -> None:
    with child(IDLE) as ended:
        usage = ServiceUsage(os.getpid())
    assert ended.pid not in {row[1] for row in usage.rows(1.0)}
