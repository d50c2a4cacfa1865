"""What a driver records: every call once, however it ended, and how late the driver itself was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from time import monotonic
from types import SimpleNamespace
from typing import Any

import gevent
import pytest

from harness.drive import driver as driver_module
from harness.drive.driver import COUNTED_AT_MOST, COUNTED_AT_ONCE, FLUSHED_AT_ONCE, GARBAGE_AT_MOST, Driver
from harness.drive.loop_turns import LoopTurns
from harness.model.arrivals import Closed
from harness.model.call import Attempt, Call, Outcome
from harness.model.driver_messages import TARGET_REFUSED, Done, Go, Noted, Progress, Stop
from harness.model.ending import Interrupted, Lost
from harness.record.machine import boot_id
from harness.record.schema import TABLES
from harness.session.resilience.status import PolicyStatus
from tests.unit.harness.drive.conftest import Fired, order
from tests.unit.harness.session.fakes import Clock

GO = Go(run="r", folder="f", epoch_s=0.0, boot_id=boot_id())


class Service:
    """A service without threads: what it admits and drains is the test's."""

    arrived, busy_threads, threads = 3, 1, 2

    def __init__(self, *_: Any) -> None:
        gate = SimpleNamespace(refusals={})
        self.in_turn: list[object] = []
        self.clients = SimpleNamespace(
            guards=PolicyStatus, gate=gate, policy=None, rollout=None, continue_in_turn=self.in_turn.append
        )
        self.arrival_queue = SimpleNamespace(qsize=lambda: 0)
        self.tracer = SimpleNamespace(now=lambda: 0.0, gauges={})
        self.journey_errors = {"ValueError: a": 1, "ValueError: b": 4}
        self.left: list[Call] = []
        self.drained_s: list[float] = []
        self.closed = 0
        self.admits: Any = lambda: None

    def open(self) -> None:
        pass

    def begin(self, epoch_s: float) -> None:
        self.epoch_s = epoch_s

    def admit(self, planned_s: Any) -> None:
        self.admits()

    def due(self, until_s: float) -> int:
        return self.arrived

    def drain(self, at_most_s: float) -> list[Call]:
        self.drained_s.append(at_most_s)
        return self.left

    def close(self) -> None:
        self.closed += 1


class Exporter:
    """Metrics that nobody reads; the calls are kept."""

    def __init__(self, *_: Any) -> None:
        self.calls: list[Call] = []

    def serve(self, host: str, port: int) -> int:
        return port

    def call(self, call: Call) -> None:
        self.calls.append(call)

    def __getattr__(self, name: str) -> Any:
        return lambda *_: None


class Bench:
    """A driver and what it has flushed and said."""

    def __init__(self) -> None:
        self.batches: list[dict[str, list[Any]]] = []
        self.said: list[Any] = []
        self.fired = Fired()
        total = SimpleNamespace(num_reqs_per_sec={}, num_fail_per_sec={})
        stats = SimpleNamespace(total=total, entries={})
        environment = SimpleNamespace(events=SimpleNamespace(request=self.fired), stats=stats)
        self.turns, self.installed = LoopTurns(), 0
        self.turns.install = self._install  # type: ignore[method-assign]
        self.driver = Driver(order(), environment, self.flush, self.said.append, self.turns)  # type: ignore[arg-type]
        self.service: Service = self.driver.service  # type: ignore[assignment]

    def _install(self) -> None:
        self.installed += 1

    def flush(self, batch: Any) -> None:
        self.batches.append({table: list(rows) for table, rows in batch.items()})

    def rows(self, table: str) -> list[dict[str, Any]]:
        """The rows flushed of one table."""
        names = TABLES[table].names
        return [dict(zip(names, row, strict=True)) for batch in self.batches for row in batch[table]]

    def drive(self, orders: Sequence[Any] = ()) -> None:
        """A whole run; `orders` come at its beginning."""

        def heard() -> Iterator[Any]:
            yield from orders
            gevent.sleep(60.0)

        self.driver.drive(GO, heard())

    @property
    def done(self) -> Done:
        """The last that it said."""
        (done,) = (said for said in self.said if isinstance(said, Done))
        assert self.said[-1] is done
        return done


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr(driver_module, "Service", Service)
    monkeypatch.setattr(driver_module, "Exporter", Exporter)
    monkeypatch.setattr(driver_module.gc, "freeze", lambda: None)
    monkeypatch.setattr(driver_module.gc, "disable", lambda: None)
    return Bench()


def _call(number: int, outcome: Outcome, attempts: int = 0) -> Call:
    call = Call(number, 0, "GET", "/", scheduled_s=0.0, started_s=0.5, ended_s=1.0, outcome=outcome)
    call.attempts = [Attempt(each, 0.5, "http://a") for each in range(attempts)]
    return call


def test_every_call_is_recorded_once_with_the_outcome_that_it_had(bench: Bench) -> None:
    ended = [Outcome.OK, Outcome.DROPPED, Outcome.HTTP_5XX]
    bench.service.admits = lambda: [
        bench.driver._on_call(_call(number, outcome)) for number, outcome in enumerate(ended)
    ]
    bench.service.left = [_call(3, Outcome.CANCELLED), _call(4, Outcome.CANCELLED)]
    bench.drive()
    assert [(row["arrival"], row["outcome"]) for row in bench.rows("calls")] == [
        (0, "ok"), (1, "dropped"), (2, "http_5xx"), (3, "cancelled"), (4, "cancelled"),
    ]  # fmt: skip


def test_every_attempt_is_recorded_beside_its_call(bench: Bench) -> None:
    bench.service.left = [_call(0, Outcome.OK, attempts=1), _call(1, Outcome.CANCELLED, attempts=2)]
    bench.drive()
    assert [(row["arrival"], row["number"]) for row in bench.rows("attempts")] == [(0, 0), (1, 0), (1, 1)]


def test_metrics_and_locust_get_the_same_calls_as_the_record(bench: Bench) -> None:
    bench.service.left = [_call(number, Outcome.OK) for number in range(3)]
    bench.drive()
    assert len(bench.rows("calls")) == len(bench.driver._exporter.calls) == len(bench.fired.kept) == 3


def test_the_last_progress_counts_the_unfinished_calls_too(bench: Bench) -> None:
    bench.service.left = [_call(0, Outcome.OK), _call(1, Outcome.CANCELLED)]
    bench.drive()
    last = [said for said in bench.said if isinstance(said, Progress)][-1]
    assert (last.calls, last.errors, last.draining) == (2, 1, True)


def test_calls_are_counted_in_batches_and_flushed_before_the_run_ends(bench: Bench) -> None:
    for number in range(COUNTED_AT_ONCE - 1):
        bench.driver._on_call(_call(number, Outcome.OK))
    assert bench.fired.kept == []
    for number in range(COUNTED_AT_ONCE - 1, FLUSHED_AT_ONCE):
        bench.driver._on_call(_call(number, Outcome.OK))
    assert len(bench.rows("calls")) == len(bench.fired.kept) == FLUSHED_AT_ONCE


def test_a_batch_is_not_counted_just_before_an_arrival_until_no_more_calls_may_wait(bench: Bench) -> None:
    bench.turns.due_s = 0.0
    for number in range(COUNTED_AT_MOST - 1):
        bench.driver._on_call(_call(number, Outcome.OK))
    assert bench.fired.kept == []
    bench.driver._on_call(_call(COUNTED_AT_MOST, Outcome.OK))
    assert len(bench.fired.kept) == COUNTED_AT_MOST


def test_a_row_of_the_driver_says_how_late_its_heartbeat_was(bench: Bench) -> None:
    bench.driver._timer_delay._worst_s = 0.75
    bench.driver._report()
    assert [(row["late_s"], row["process"]) for row in bench.rows("driver")] == [(0.75, 0)]


def test_a_row_of_the_driver_says_how_long_a_call_waited_for_its_turn(bench: Bench) -> None:
    bench.turns._longest_s = 0.5
    bench.driver._report()
    assert [row["late_s"] for row in bench.rows("driver")] == [0.5]


def test_only_calls_of_a_schedule_continue_in_turns(bench: Bench) -> None:
    bench.drive()
    assert (bench.installed, bench.service.in_turn) == (1, [bench.turns.wait])  # type: ignore[attr-defined]
    closed = Closed(shape="closed", users=1, duration_s=1.0)
    scenario = bench.driver.order.scenario.model_copy(update={"arrivals": (closed,)})
    bench.driver.order = bench.driver.order.model_copy(update={"scenario": scenario})
    bench.drive()
    assert (bench.installed, len(bench.service.in_turn)) == (1, 1)  # type: ignore[attr-defined]


def test_garbage_is_collected_once_there_is_much_of_it(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    collected: list[int] = []
    monkeypatch.setattr(driver_module.gc, "collect", lambda: collected.append(1))
    for new in (GARBAGE_AT_MOST, GARBAGE_AT_MOST + 1):
        monkeypatch.setattr(driver_module.gc, "get_count", lambda new=new: (new, 0, 0))
        bench.driver._report()
    assert len(collected) == 1


def _compute(seconds: float) -> None:
    """Blocks the event loop, as a journey that computes does."""
    end_s = monotonic() + seconds
    while monotonic() < end_s:
        pass


def test_the_heartbeat_is_measured_during_the_run(bench: Bench) -> None:
    def block() -> None:
        gevent.sleep(0.01)
        _compute(0.2)
        gevent.sleep(0.1)

    bench.service.admits = block
    bench.drive()
    assert max(row["late_s"] for row in bench.rows("driver")) > 0.1


def test_pools_and_guards_are_sampled_five_times_a_second_and_progress_is_reported_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, samples = Clock(0.0), list[float]()

    def sleep(seconds: float) -> None:
        if clock.now_s > 1.9:
            raise gevent.GreenletExit
        clock.sleep(seconds)

    monkeypatch.setattr(gevent, "sleep", sleep)
    monkeypatch.setattr(bench.service.tracer, "now", clock)
    monkeypatch.setattr(bench.driver, "_sample", lambda: samples.append(round(clock.now_s, 6)))
    with pytest.raises(gevent.GreenletExit):
        bench.driver._watch()
    assert samples == [0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.4, 1.6, 1.8, 2.0]
    assert [round(said.at_s, 6) for said in bench.said] == [1.0, 2.0]


def test_a_whole_run_ends_without_a_reason_and_drains_as_long_as_its_scenario_says(bench: Bench) -> None:
    bench.drive()
    assert bench.done.early is None
    assert bench.service.drained_s == [bench.driver.order.scenario.drain_s]
    assert bench.service.closed == 1


def test_a_stop_ends_the_arrivals_and_is_a_reason(bench: Bench) -> None:
    bench.service.admits = lambda: gevent.sleep(60.0)
    bench.drive([Stop(drain_s=0.25)])
    assert bench.done.early == Interrupted()
    assert bench.service.drained_s == [0.25]


def test_a_record_that_cannot_be_written_ends_the_run_at_once(bench: Bench) -> None:
    def full(_: Any) -> None:
        raise OSError(28, "No space left on device")

    bench.driver._flush_batch = full
    bench.driver._flush()
    bench.service.admits = lambda: gevent.sleep(60.0)
    bench.drive()
    assert isinstance(bench.done.early, Lost)
    assert bench.done.early.part == "record"
    assert bench.service.drained_s == [0.0]


def test_a_refused_target_is_noted_once(bench: Bench) -> None:
    bench.service.clients.gate.refusals["10.0.0.9"] = "refused"
    bench.driver._report()
    bench.driver._report()
    noted = [said for said in bench.said if isinstance(said, Noted)]
    assert [(note.name, note.detail) for note in noted] == [(TARGET_REFUSED, "refused")]


def test_errors_of_the_journey_are_noted_with_how_often_they_came(bench: Bench) -> None:
    bench.drive()
    noted = [said.detail for said in bench.said if isinstance(said, Noted)]
    assert noted == ["ValueError: a", "ValueError: b (4 times)"]
