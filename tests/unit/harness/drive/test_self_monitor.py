"""What the driver says of itself: a late heartbeat is late by as much as it was."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import gevent
import numpy as np
import pytest

from harness.drive import self_monitor
from harness.drive.self_monitor import HEARTBEAT_S, ProcessStats, TimerDelay, core_wait_s, pool_row
from harness.model.errors import MachineError
from harness.record.schema import TABLES
from harness.session.trace.pool_gauge import PoolGauge
from tests.unit.harness.session.fakes import Clock


class Over(Exception):
    """The script of heartbeats has been played."""


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(self_monitor, "monotonic", clock)
    return clock


def _measured(clock: Clock, monkeypatch: pytest.MonkeyPatch, *late_s: float) -> TimerDelay:
    """Heartbeats that come so much too late."""
    script, delay = list(late_s), TimerDelay()

    def sleep(seconds: float) -> None:
        if not script:
            raise Over
        clock.sleep(seconds + script.pop(0))

    monkeypatch.setattr(gevent, "sleep", sleep)
    with pytest.raises(Over):
        delay.measure()
    return delay


def test_the_worst_of_the_late_heartbeats_is_kept(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    delay = _measured(clock, monkeypatch, 0.001, 0.35, 0.02)
    assert delay.take() == pytest.approx(0.35)


def test_heartbeats_on_time_are_not_late(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _measured(clock, monkeypatch, 0.0, 0.0).take() == pytest.approx(0.0, abs=1e-9)


def test_each_sample_has_the_worst_delay_since_the_last_one(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    delay = _measured(clock, monkeypatch, 0.35)
    assert delay.take() == pytest.approx(0.35)
    assert delay.take() == 0.0


def test_a_delay_of_two_heartbeats_is_seen_in_full(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _measured(clock, monkeypatch, 2 * HEARTBEAT_S).take() == pytest.approx(0.1)


def _after_two_seconds(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> tuple[ProcessStats, Clock]:
    """The statistics of a process that computed for half a second of two, and the clock of its processor time.

    For one second it waited for a core."""
    cpu = Clock(5.0)
    waited = Clock(1.0)
    monkeypatch.setattr(self_monitor, "process_time", cpu)
    monkeypatch.setattr(self_monitor, "core_wait_s", waited)
    stats = ProcessStats()
    clock.sleep(2.0)
    cpu.sleep(0.5)
    waited.sleep(1.0)
    return stats, cpu


def test_a_row_of_the_driver_has_its_share_of_a_core_and_the_service_s_counts(
    clock: Clock, service: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    stats, _ = _after_two_seconds(clock, monkeypatch)
    row = dict(zip(TABLES["driver"].names, stats.row(7.0, 0.125, service, 1), strict=True))
    assert row.pop("rss_bytes") > 1_000_000
    assert row == {
        "at_s": 7.0, "late_s": 0.125, "cpu_ratio": 0.25, "busy_threads": 3, "queued_journeys": 2, "arrived": 12,
        "process": 1, "core_wait_ratio": 0.5,
    }  # fmt: skip


def test_the_share_of_a_core_counts_since_the_last_row(
    clock: Clock, service: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    stats, cpu = _after_two_seconds(clock, monkeypatch)
    stats.row(2.0, 0.0, service, 0)
    clock.sleep(1.0)
    cpu.sleep(1.0)
    assert stats.row(3.0, 0.0, service, 0)[2] == pytest.approx(1.0)


def test_a_process_that_waits_for_a_core_says_how_long() -> None:
    """Two threads of one core: each waits while the other runs."""
    before_s, cores = core_wait_s(), os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as other:
            while core_wait_s() - before_s < 0.05:
                sum(range(10_000))
            other.kill()
    finally:
        os.sched_setaffinity(0, cores)


@pytest.mark.parametrize(
    ("schedstat", "waited_s"),
    [("700 1500000000 9\n", 1.5), ("700", np.nan), ("700 x 9", np.nan), (None, np.nan)],
)
def test_the_wait_for_a_core_is_the_second_number_of_schedstat_in_nanoseconds(
    schedstat: str | None, waited_s: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And unknown where Linux does not say."""
    if schedstat is not None:
        (tmp_path / "schedstat").write_text(schedstat, encoding="ascii")
    monkeypatch.setattr(self_monitor, "Path", lambda _: tmp_path / "schedstat")
    assert core_wait_s() == pytest.approx(waited_s, nan_ok=True)


def test_a_row_of_a_pool_has_the_gauge_s_values_and_the_longest_wait_of_now(clock: Clock) -> None:
    gauge = PoolGauge("http://a:80")
    gauge.waiting_since[1] = clock.now_s - 0.5
    gauge.waiting_since[2] = clock.now_s - 0.25
    row = pool_row(3.0, gauge, 2)
    assert (row.at_s, row.host, row.process) == (3.0, "http://a:80", 2)
    assert (row.waiting, row.longest_wait_s) == (2, pytest.approx(0.5))
    assert row._fields == tuple(TABLES["pool"].names)


def test_the_process_may_open_as_many_sockets_as_the_system_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, tuple[int, int]]] = []
    monkeypatch.setattr(self_monitor.resource, "getrlimit", lambda _: (1024, 4096))
    monkeypatch.setattr(
        self_monitor.resource, "setrlimit", lambda limit, values: asked.append((limit, values))
    )
    self_monitor.raise_descriptor_limit()
    assert asked == [(self_monitor.resource.RLIMIT_NOFILE, (4096, 4096))]


@pytest.mark.parametrize(
    ("most", "refused"), [(163, True), (164, False), (self_monitor.resource.RLIM_INFINITY, False)]
)
def test_each_thread_needs_an_open_file_beside_the_driver_s_own(
    monkeypatch: pytest.MonkeyPatch, most: int, refused: bool
) -> None:
    monkeypatch.setattr(self_monitor.resource, "getrlimit", lambda _: (most, most))
    refusal = pytest.raises(MachineError, match="ulimit -n 164") if refused else nullcontext()
    with refusal:
        self_monitor.check_descriptor_limit("s.toml", 100)
