"""SIGTERM, SIGHUP and Ctrl-C: the record is closed and judged, and no process and no folder is left."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from harness.model.ending import Interrupted
from harness.record.reader import Record, open_run
from harness.record.result_store import RANGES
from tests.conftest import SURGELINE

PATIENCE_S = 60.0
SETTINGS = ("--set", "scenario.arrivals.0.duration_s=60", "--set", "scenario.slo.warmup_s=0")
RUN = ("run", "baseline", "-p", "careful", *SETTINGS)
TERMINAL = ("env", "--default-signal=HUP")
"""The tests themselves may run under `nohup`, which ignores SIGHUP for all that they start."""
NOHUP = ("sh", "-c", "trap '' HUP; exec \"$@\"", "sh")
Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def start(runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Starts `surgeline …`, which must end with everything that it started, and leave no temporary folder."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    started: list[subprocess.Popen[bytes]] = []

    def run(*arguments: str, shell: tuple[str, ...] = TERMINAL) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [*shell, str(SURGELINE), *arguments],
            cwd=tmp_path,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()
    _until(lambda: not _with_folder(folder))
    assert list(folder.iterdir()) == []


def _until(condition: Callable[[], object]) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end_s, "nothing happened in time"
        time.sleep(0.05)


def _with_folder(folder: Path) -> list[psutil.Process]:
    """The processes that have this folder for temporary files: those of the test."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.environ().get("TMPDIR") == str(folder):
                found.append(process)
        except psutil.Error:
            continue
    return found


def _records(runs: Path) -> list[Record]:
    return [open_run(path.parent) for path in runs.rglob("run.json")]


def _underway(runs: Path) -> bool:
    return any(len(record.table("calls")) > 50 for record in _records(runs))


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)], ids=["SIGTERM", "SIGHUP"]
)
def test_a_run_is_closed_and_judged(start: Start, runs: Path, number: signal.Signals, code: int) -> None:
    process = start(*RUN)
    _until(lambda: _underway(runs))
    process.send_signal(number)
    assert process.wait(PATIENCE_S) == code
    (record,) = _records(runs)
    assert record.end is not None
    assert record.end.early == Interrupted.model_validate({"signal": number.name})
    assert record.end.reason == f"stopped by {number.name}"
    assert record.end.measurements["calls"].value > 50
    assert record.end.verdict.kind == "inconclusive"


@pytest.mark.acceptance
def test_a_hangup_that_the_starter_ignores_stays_ignored(start: Start, runs: Path) -> None:
    process = start(*RUN, shell=NOHUP)
    _until(lambda: _underway(runs))
    process.send_signal(signal.SIGHUP)
    seen = len(_records(runs)[0].table("calls"))
    _until(lambda: len(_records(runs)[0].table("calls")) > seen + 100)
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE_S) == 143


def test_a_second_signal_ends_a_run_at_once(start: Start, runs: Path) -> None:
    process = start(*RUN)
    _until(lambda: _underway(runs))
    (driver,) = [each for each in psutil.Process(process.pid).children() if "harness.drive" in each.cmdline()]
    driver.suspend()  # the orderly end waits for it
    process.send_signal(signal.SIGTERM)
    time.sleep(1.0)
    assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE_S) == 143
    driver.resume()
    (record,) = _records(runs)
    assert record.end is None
    assert len(record.table("calls")) > 50


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(("compare", "baseline", "-p", "careful", "-p", "textbook", *SETTINGS), id="comparison"),
        pytest.param(
            ("rehearse", "retry-storm", "-p", "careful"), id="rehearsal", marks=pytest.mark.acceptance
        ),
    ],
)
def test_a_comparison_and_a_rehearsal_end_with_a_judged_run(
    start: Start, runs: Path, command: tuple[str, ...]
) -> None:
    process = start(*command)
    _until(lambda: _underway(runs))
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE_S) == 143
    (record,) = _records(runs)
    assert record.end is not None
    assert record.end.early == Interrupted(signal="SIGTERM")


@pytest.mark.acceptance
def test_a_search_says_how_far_it_was(start: Start, runs: Path) -> None:
    process = start("range", "baseline", "-p", "careful")
    _until(lambda: _underway(runs))
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE_S) == 143
    (found,) = RANGES.listed(runs)
    assert found.state == "interrupted"


def test_a_dashboard_ends_with_its_server(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = start("dashboard", "--port", str(port))
    _until(lambda: _listens(port))
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE_S) == 143


def test_an_upstream_ends_with_the_signal_s_code(start: Start) -> None:
    process = start("upstream", "orders-api")
    _until(lambda: psutil.Process(process.pid).net_connections(kind="tcp"))
    process.send_signal(signal.SIGHUP)
    assert process.wait(PATIENCE_S) == 129
