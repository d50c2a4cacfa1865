"""The progress of the last second is never more favourable than the record."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from harness.drive import meter as meter_module
from harness.drive.meter import Meter
from harness.model.call import Call, Outcome
from harness.model.driver_messages import Progress, from_driver
from harness.model.slo import Slo
from tests.unit.harness.observe.calls import made_call
from tests.unit.harness.session.fakes import Clock

LATE = Slo()
APART = Slo(failed_calls="apart", thresholds=("ratio(error) < 5%",))
IDLE: Any = SimpleNamespace(arrived=0, busy_threads=0, arrival_queue=SimpleNamespace(qsize=int))


def progress_of(slo: Slo, good: int, failed: int) -> Progress:
    meter = Meter(slo)
    for outcome, count in ((Outcome.OK, good), (Outcome.HTTP_5XX, failed)):
        for _ in range(count):
            meter.add(made_call(latency_s=0.05, outcome=outcome))
    return meter.take(1.0, IDLE, draining=False)


@pytest.mark.parametrize(("good", "failed"), [(98, 2), (0, 100)])
def test_a_p99_that_failed_calls_reach_is_not_reached(good: int, failed: int) -> None:
    second = progress_of(LATE, good, failed)
    assert (second.p99_s, second.p99_reached) == (None, False)


def test_few_failed_calls_leave_the_p99_below_them() -> None:
    second = progress_of(LATE, 198, 2)
    assert (second.p99_s, second.p99_reached) == (pytest.approx(0.05), True)


@pytest.mark.parametrize(("good", "p99_s"), [(50, 0.05), (0, None)])
def test_apart_the_p99_is_that_of_successful_calls(good: int, p99_s: float | None) -> None:
    second = progress_of(APART, good, 50)
    assert (second.p99_s, second.p99_reached) == (pytest.approx(p99_s), True)


def test_failed_calls_count_in_the_rate() -> None:
    second = progress_of(APART, 0, 50)
    assert (second.rate_per_s > 0, second.good_per_s, second.errors) == (True, 0.0, 50)


def test_a_p99_that_is_not_reached_passes_through_the_driver_s_messages() -> None:
    second = progress_of(LATE, 0, 10)
    assert from_driver.validate_json(second.model_dump_json()) == second


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(meter_module, "monotonic", clock)
    return clock


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
    clock: Clock, service: Any
) -> None:
    meter = Meter(LATE)
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


def test_the_p99_of_the_progress_is_that_of_latencies_from_the_schedule(clock: Clock, service: Any) -> None:
    meter = Meter(LATE)
    for hundredths in range(1, 101):
        meter.add(_call(hundredths / 100.0))
    clock.sleep(1.0)
    assert meter.take(1.0, service, draining=False).p99_s == pytest.approx(0.99)


def test_without_an_ended_call_there_is_no_p99(clock: Clock, service: Any) -> None:
    clock.sleep(1.0)
    assert Meter(LATE).take(1.0, service, draining=False).p99_s is None
