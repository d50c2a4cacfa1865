"""kill -9 of a part of a run with a real service: the record opens, and nothing runs ten seconds later. 20 of 20."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from harness.record.reader import Record, open_run
from tests.conftest import SURGELINE
from tests.e2e.started_service import scenario_file

TIMES = 20
GONE_S = 10.0
COMMAND = [
    "{python}",
    "-m",
    "gunicorn",
    "every_way:app",
    "--bind",
    "{bind}",
    "--workers",
    "2",
    "--threads",
    "4",
]
ROOT = Path(__file__).parents[2]


def _of_the_run(runs: Path) -> list[psutil.Process]:
    """Every process of the run: they have its folder in their environment."""
    found = []
    for process in psutil.process_iter():
        try:
            mine = process.environ().get("SURGELINE_RUNS") == str(runs)
            if mine and process.pid != os.getpid() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def _gunicorn(runs: Path) -> tuple[psutil.Process, psutil.Process]:
    """The master and one of its workers."""
    served = [p for p in _of_the_run(runs) if "every_way:app" in p.cmdline()]
    pids = {process.pid for process in served}
    (master,) = (process for process in served if process.ppid() not in pids)
    return master, next(process for process in served if process.ppid() == master.pid)


def _until(condition: Callable[[], bool], at_most_s: float) -> bool:
    end_s = time.monotonic() + at_most_s
    while not (met := condition()) and time.monotonic() < end_s:
        time.sleep(0.1)
    return met


def _started(runs: Path, tmp_path: Path, duration_s: float) -> subprocess.Popen[bytes]:
    """A run that has recorded calls of a real service."""
    file = scenario_file(tmp_path, COMMAND, rate_per_s=10.0, duration_s=duration_s)
    process = subprocess.Popen(
        [str(SURGELINE), "run", str(file), "-p", "as-is"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert _until(lambda: _calls(runs) > 20, 90.0), process.communicate(timeout=5)
    return process


def _calls(runs: Path) -> int:
    folders = [path.parent for path in runs.glob("[!.]*/run.json")]
    return len(open_run(folders[0]).calls()) if folders else 0


def _record(runs: Path) -> Record:
    (folder,) = (path.parent for path in runs.glob("[!.]*/run.json"))
    return open_run(folder)


@pytest.mark.acceptance
@pytest.mark.parametrize("again", range(TIMES))
def test_a_killed_master_ends_the_run_and_all_of_the_service(runs: Path, tmp_path: Path, again: int) -> None:
    process = _started(runs, tmp_path, 60.0)
    _gunicorn(runs)[0].kill()
    process.communicate(timeout=40)
    assert _until(lambda: not _of_the_run(runs), GONE_S), _of_the_run(runs)
    record = _record(runs)
    assert (process.returncode, record.state) == (3, "interrupted")
    assert record.end is not None
    assert record.end.reason.startswith("the service was ended by SIGKILL")
    assert len(record.calls()) > 20


@pytest.mark.acceptance
@pytest.mark.parametrize("again", range(TIMES))
def test_a_killed_worker_costs_its_calls_and_the_run_goes_on(runs: Path, tmp_path: Path, again: int) -> None:
    process = _started(runs, tmp_path, 6.0)
    _gunicorn(runs)[1].kill()
    process.communicate(timeout=60)
    assert _until(lambda: not _of_the_run(runs), GONE_S), _of_the_run(runs)
    record = _record(runs)
    assert record.state == "complete"
    calls = record.calls().sort_values("ended_s")
    assert set(calls["outcome"].tail(10)) == {"ok"}
    assert (calls["outcome"] == "ok").mean() > 0.8


@pytest.mark.acceptance
@pytest.mark.parametrize("again", range(TIMES))
def test_a_killed_lab_leaves_nothing_of_the_service(runs: Path, tmp_path: Path, again: int) -> None:
    process = _started(runs, tmp_path, 60.0)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=40)
    assert _until(lambda: not _of_the_run(runs), GONE_S), _of_the_run(runs)
    record = _record(runs)
    assert record.end is None
    assert len(record.calls()) > 20
