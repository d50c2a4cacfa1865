"""kill -9 and Ctrl-C in mid-run: the run is readable, marked, and nothing older than a second is missing."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario
from harness.lab.plan import Plan
from harness.lab.run import run_plan
from harness.lab.upstream_process import UpstreamProcess
from harness.model.ending import Lost
from harness.record.reader import Record, open_run
from tests.conftest import SURGELINE, Program

RATE_PER_S = 100
LONG_ENOUGH_S = 60.0


IN_THE_BACKGROUND = ("sh", "-c", "trap '' INT; exec \"$@\"", "sh")
"""A shell ignores SIGINT for what it starts in the background."""


@pytest.fixture
def shell(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """The words before the command: none, or those of a shell that starts it in the background."""
    return tuple(getattr(request, "param", ()))


@pytest.fixture
def started(runs: Path, tmp_path: Path, shell: tuple[str, ...]) -> Iterator[subprocess.Popen[bytes]]:
    """A run that is under way: more than two seconds of it are on disk."""
    settings = [
        "--set",
        f"scenario.arrivals.0.rate_per_s={RATE_PER_S}",
        "--set",
        "scenario.arrivals.0.duration_s=60",
    ]
    process = subprocess.Popen(
        [*shell, str(SURGELINE), "run", "baseline", "--policy", "careful", *settings],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    _until(lambda: _recorded_s(runs) > 2.0)
    children = psutil.Process(process.pid).children(recursive=True)
    yield process
    for left in [*children, psutil.Process(process.pid)] if process.poll() is None else children:
        if left.is_running():
            left.kill()
    process.communicate()


def _only(runs: Path) -> Record:
    (folder,) = (path.parent for path in runs.glob("*/run.json"))
    return open_run(folder)


def _recorded_s(runs: Path) -> float:
    calls = _only(runs).calls() if list(runs.glob("*/run.json")) else ()
    return float(calls["ended_s"].max()) if len(calls) else 0.0


def _until(condition: object, at_most_s: float = LONG_ENOUGH_S) -> None:
    end_s = time.monotonic() + at_most_s
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end_s, "nothing happened in time"
        time.sleep(0.05)


def _child(process: subprocess.Popen[bytes], module: str) -> psutil.Process:
    children = psutil.Process(process.pid).children()
    (found,) = (child for child in children if module in child.cmdline())
    return found


def _now_s(runs: Path) -> float:
    return time.monotonic() - _only(runs).run.epoch_s


def _nothing_older_than_a_second_is_missing(record: Record, killed_s: float) -> None:
    calls = record.calls()
    assert calls["ended_s"].max() > killed_s - 1.5
    before = calls[calls["scheduled_s"] < killed_s - 1.5]
    assert set(range(len(before))) <= set(before["arrival"])


@pytest.mark.parametrize("module", ["harness.drive", "mock_upstream"])
def test_a_killed_child_leaves_a_marked_run(
    started: subprocess.Popen[bytes], runs: Path, surgeline: Program, module: str
) -> None:
    killed_s = _now_s(runs)
    _child(started, module).send_signal(signal.SIGKILL)
    out, _ = started.communicate(timeout=40)
    record = _only(runs)
    assert started.returncode == 3
    assert record.state == "interrupted"
    assert record.end is not None
    assert "was ended by SIGKILL" in record.end.reason
    assert "interrupted" in out.decode()
    _nothing_older_than_a_second_is_missing(record, killed_s)
    assert "interrupted" in surgeline("show", "latest").stdout
    assert not list(runs.glob("targets/*"))


def test_a_killed_command_takes_its_children_along_and_leaves_a_readable_run(
    started: subprocess.Popen[bytes], runs: Path, surgeline: Program
) -> None:
    children = psutil.Process(started.pid).children()
    killed_s = _now_s(runs)
    started.kill()
    gone, alive = psutil.wait_procs(children, timeout=30)
    assert len(gone) == 2
    assert not alive
    record = _only(runs)
    assert record.end is None
    _nothing_older_than_a_second_is_missing(record, killed_s)
    _until(lambda: record.state == "interrupted", 10.0)
    shown = surgeline("show", "latest")
    assert shown.returncode == 0
    assert "killed before its end" in shown.stdout


@pytest.mark.parametrize("shell", [(), IN_THE_BACKGROUND], ids=["terminal", "background"], indirect=True)
def test_ctrl_c_closes_the_run_and_keeps_what_it_saw(started: subprocess.Popen[bytes], runs: Path) -> None:
    stopped_s = _now_s(runs)
    os.kill(started.pid, signal.SIGINT)
    _, err = started.communicate(timeout=40)
    record = _only(runs)
    assert started.returncode == 130
    assert record.state == "interrupted"
    assert f"surgeline show {record.run.id}" in err.decode()
    assert b"Traceback" not in err
    _nothing_older_than_a_second_is_missing(record, stopped_s)


def test_an_upstream_that_is_killed_before_the_run_begins_leaves_a_record_with_an_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = UpstreamProcess.begin

    def kill_and_begin(upstream: UpstreamProcess, epoch_s: float) -> None:
        os.kill(upstream.child.pid, signal.SIGKILL)
        begin(upstream, epoch_s)

    monkeypatch.setattr(UpstreamProcess, "begin", kill_and_begin)
    written = read_scenario("baseline")
    record = run_plan(Plan(read_policy("careful"), written.scenario, written.upstream), tmp_path)
    assert record.end is not None
    assert (record.state, record.end.early) == (
        "interrupted",
        Lost(part="upstream", detail="was ended by SIGKILL"),
    )
    assert record.end.verdict.kind == "inconclusive"
