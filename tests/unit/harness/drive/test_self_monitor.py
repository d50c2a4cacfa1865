"""What the driver says of itself: a late heartbeat is late by as much as it was, and every ended call is counted."""

from __future__ import annotations

from types import SimpleNamespace

import gevent
import pytest

from harness.drive import self_monitor
from harness.drive.self_monitor import HEARTBEAT_S, Meter, ProcessStats, TimerDelay, pool_row
from harness.model.call import Call, Outcome
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


@pytest.fixture
def service() -> SimpleNamespace:
    """Three busy threads, two arrivals that wait, ten that came."""
    return SimpleNamespace(busy_threads=3, arrival_queue=SimpleNamespace(qsize=lambda: 2), arrived=10)


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


def test_a_row_of_the_driver_has_its_share_of_a_core_and_the_service_s_counts(
    clock: Clock, service: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    cpu = Clock(5.0)
    monkeypatch.setattr(self_monitor, "process_time", cpu)
    stats = ProcessStats()
    clock.sleep(2.0)
    cpu.sleep(0.5)
    row = dict(zip(TABLES["driver"].names, stats.row(7.0, 0.125, service), strict=False))
    assert row.pop("rss_bytes") > 1_000_000
    assert row == {
        "at_s": 7.0, "late_s": 0.125, "cpu_ratio": 0.25, "busy_threads": 3, "queued_journeys": 2, "arrived": 10,
    }  # fmt: skip


def test_the_share_of_a_core_counts_since_the_last_row(
    clock: Clock, service: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    cpu = Clock(5.0)
    monkeypatch.setattr(self_monitor, "process_time", cpu)
    stats = ProcessStats()
    clock.sleep(2.0)
    cpu.sleep(0.5)
    stats.row(2.0, 0.0, service)
    clock.sleep(1.0)
    cpu.sleep(1.0)
    assert stats.row(3.0, 0.0, service)[2] == pytest.approx(1.0)


def _call(latency_s: float, outcome: Outcome = Outcome.OK) -> Call:
    """One that was due at 1, began late, and ended so long after it was due."""
    return Call(
        0,
        0,
        "GET",
        "/",
        scheduled_s=1.0,
        started_s=1.0 + latency_s / 2,
        ended_s=1.0 + latency_s,
        outcome=outcome,
    )


def test_the_progress_counts_all_calls_and_errors_and_rates_those_of_the_last_second(
    clock: Clock, service: SimpleNamespace
) -> None:
    meter = Meter()
    for outcome in (Outcome.OK, Outcome.OK, Outcome.DROPPED, Outcome.CANCELLED):
        meter.add(_call(0.1, outcome))
    clock.sleep(2.0)
    first = meter.take(2.0, service, draining=False)
    assert (first.calls, first.errors, first.rate_per_s, first.good_per_s) == (4, 2, 2.0, 1.0)
    meter.add(_call(0.1))
    clock.sleep(1.0)
    second = meter.take(3.0, service, draining=True)
    assert (second.calls, second.errors, second.rate_per_s, second.good_per_s) == (5, 2, 1.0, 1.0)
    assert (second.at_s, second.draining, first.draining) == (3.0, True, False)
    assert (second.arrived, second.busy_threads, second.queued_journeys) == (10, 3, 2)


def test_the_p99_of_the_progress_is_that_of_latencies_from_the_schedule(
    clock: Clock, service: SimpleNamespace
) -> None:
    meter = Meter()
    for hundredths in range(1, 101):
        meter.add(_call(hundredths / 100.0))
    clock.sleep(1.0)
    assert meter.take(1.0, service, draining=False).p99_s == pytest.approx(0.99)


def test_without_an_ended_call_there_is_no_p99(clock: Clock, service: SimpleNamespace) -> None:
    clock.sleep(1.0)
    assert Meter().take(1.0, service, draining=False).p99_s is None


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
