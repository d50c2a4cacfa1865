"""How a run ended, told as data: whole, stopped, lost or cut by its watcher."""

from __future__ import annotations

import signal
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from pydantic import BaseModel

from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario
from harness.lab.conductor import AbortRun, Conductor
from harness.lab.driver_processes import DriverProcesses
from harness.lab.lever_channel import request_stop
from harness.lab.upstream_process import UpstreamProcess, UpstreamSilentError
from harness.model.driver_messages import Done, Progress, Stop, WorkerLost
from harness.model.ending import Aborted, EarlyEnd, Interrupted, Lost
from harness.model.run import Run
from harness.record.reader import open_run
from harness.record.writer import create
from mock_upstream.process.stop_signals import StopSignals

LOST = Lost(part="worker", worker=1, detail="was lost")
SECOND = Progress(
    at_s=1.0, arrived=1, calls=1, errors=0, rate_per_s=1.0, good_per_s=1.0, p99_s=None, busy_threads=0,
    queued_journeys=0, draining=False,
)  # fmt: skip


class FakeDrivers:
    """Says the given reports one after the other, then ends; when it is told to stop it says that it is done."""

    def __init__(self, *reports: BaseModel) -> None:
        self.reports = list(reports)
        self.sent: list[BaseModel] = []

    def send(self, order: BaseModel) -> None:
        self.sent.append(order)
        if isinstance(order, Stop):
            self.reports = [Done(early=Interrupted())]

    def receive(self, timeout_s: float) -> BaseModel | None:
        del timeout_s
        return self.reports.pop(0) if self.reports else None

    @property
    def has_ended(self) -> bool:
        return not self.reports

    def exit_reason(self) -> str:
        return "was ended by SIGKILL"

    def stop(self) -> None:
        """Nothing is left to end."""


def _identity() -> Run:
    written = read_scenario("baseline")
    return Run(
        id="20260101-000000-s-p-abcdef",
        policy=read_policy("careful"),
        scenario=written.scenario,
        upstream=written.upstream,
        seed=1,
        target="http://127.0.0.1:1",
        started_at=datetime(2026, 1, 1, tzinfo=UTC),
        epoch_s=0.0,
    )


def _followed(root: Path, drivers: FakeDrivers, watch: Callable[[Progress], None]) -> EarlyEnd | None:
    run = _identity()
    conductor = Conductor(cast(DriverProcesses, drivers), None, create(root, run), run, watch)
    return conductor.follow()


def _watch(error: BaseException | None = None) -> Callable[[Progress], None]:
    def watch(_: Progress) -> None:
        if error is not None:
            raise error

    return watch


@pytest.mark.parametrize(
    ("reports", "error", "early"),
    [
        ((SECOND, Done()), None, None),
        ((SECOND, Done()), KeyboardInterrupt(), Interrupted()),
        ((SECOND, Done()), AbortRun(Aborted(cause="unbounded backlog")), Aborted(cause="unbounded backlog")),
        ((SECOND,), None, Lost(part="driver", detail="was ended by SIGKILL")),
        ((WorkerLost(at_s=1.0, lost=LOST), Done()), None, LOST),
    ],
    ids=["whole", "Ctrl-C", "aborted", "driver lost", "worker lost"],
)
def test_a_run_s_end_is_data(
    tmp_path: Path, reports: tuple[Any, ...], error: BaseException | None, early: EarlyEnd | None
) -> None:
    assert _followed(tmp_path, FakeDrivers(*reports), _watch(error)) == early


def test_a_signal_that_is_held_ends_the_run_in_order(tmp_path: Path) -> None:
    signals, run = StopSignals(), _identity()
    drivers = FakeDrivers(SECOND, SECOND, SECOND)

    def watch(_: Progress) -> None:
        signals.receive(signal.SIGTERM)

    conductor = Conductor(cast(DriverProcesses, drivers), None, create(tmp_path, run), run, watch, signals)
    with signals.held():
        assert conductor.follow() == Interrupted(signal="SIGTERM")
    assert isinstance(drivers.sent[-1], Stop)


def test_a_request_to_stop_ends_the_run_in_order_and_says_who_asked(tmp_path: Path) -> None:
    drivers = FakeDrivers(SECOND, SECOND, SECOND)

    def ask(_: Progress) -> None:
        request_stop(open_run(tmp_path / _identity().id), "ada")

    assert _followed(tmp_path, drivers, ask) == Interrupted(who="ada")
    assert isinstance(drivers.sent[-1], Stop)


def test_a_lost_worker_is_an_event_of_the_record(tmp_path: Path) -> None:
    _followed(tmp_path, FakeDrivers(WorkerLost(at_s=1.0, lost=LOST), Done()), _watch())
    events = open_run(tmp_path / _identity().id).table("events")
    assert events["name"].tolist() == ["worker lost"]
    assert "worker 1 was lost" in events["detail"][0]


def test_a_file_that_is_no_lever_is_recorded_and_the_run_goes_on(tmp_path: Path) -> None:
    levers = tmp_path / _identity().id / "levers"

    def leave_a_file(_: Progress) -> None:
        levers.mkdir()
        (levers / "bad.request.json").write_text("{")

    assert _followed(tmp_path, FakeDrivers(SECOND, Done()), leave_a_file) is None
    events = open_run(tmp_path / _identity().id).table("events")
    assert events[["kind", "name", "action"]].to_numpy().tolist() == [
        ["request", "bad.request.json", "refused"]
    ]
    assert "is not valid JSON" in events["detail"][0]
    assert "is not valid JSON" in (levers / "bad.answer.json").read_text()


class SilentUpstream:
    """An upstream that was killed after it was ready."""

    def __init__(self) -> None:
        self.child = SimpleNamespace(exit_code=-9)

    def begin(self, epoch_s: float) -> None:
        raise UpstreamSilentError("upstream", "", f"does not respond at {epoch_s}")

    def why_silent(self) -> str:
        return "was ended by SIGKILL"


def test_an_upstream_that_is_killed_before_the_run_begins_ends_it(tmp_path: Path) -> None:
    run, drivers = _identity(), FakeDrivers(SECOND, Done())
    conductor = Conductor(
        cast(DriverProcesses, drivers),
        cast(UpstreamProcess, SilentUpstream()),
        create(tmp_path, run),
        run,
        _watch(),
    )
    assert conductor.follow() == Lost(part="upstream", detail="was ended by SIGKILL")
    assert drivers.sent == []
