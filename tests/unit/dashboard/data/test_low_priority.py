"""Work in a process of the lowest priority."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from dashboard.data.low_priority import LOWEST_PRIORITY, MOST_CPU_S, LowPriorityProcess

ROOT = Path(__file__).parents[4]
HERE = "tests.unit.dashboard.data.test_low_priority"
WAIT_S = 60.0


@pytest.fixture(autouse=True)
def _these_tests_can_be_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


def main() -> None:
    """The process of these tests: tells what it has, fails, or works without an end."""
    given = sys.stdin.read()
    if sys.argv[1:] == ["fail"]:
        sys.exit("a first line\n\nthe last line\n")
    if sys.argv[1:] == ["limit"]:
        resource.setrlimit(resource.RLIMIT_CPU, (0, 0))
    while sys.argv[1:] in (["endless"], ["limit"]):
        pass
    limit = resource.getrlimit(resource.RLIMIT_CPU)[0]
    print(json.dumps([given, sys.argv[1:], os.nice(0), limit, os.environ["SURGELINE_RUNS"]]))  # noqa: T201


def ended(runs: Path, *arguments: str, given: str = "") -> LowPriorityProcess:
    found = LowPriorityProcess(HERE, runs, arguments, given)
    found.wait(WAIT_S)
    return found


def test_it_has_its_arguments_its_input_the_lowest_priority_and_a_limit(tmp_path: Path) -> None:
    found = ended(tmp_path, "a", "b", given="some text")
    assert json.loads(str(found.output)) == [
        "some text", ["a", "b"], LOWEST_PRIORITY, MOST_CPU_S, str(tmp_path),
    ]  # fmt: skip
    assert found.failure is None


def test_a_failure_is_its_last_line(tmp_path: Path) -> None:
    found = ended(tmp_path, "fail")
    assert (found.output, found.failure) == (None, "the last line")


def test_too_much_work_is_ended_and_said(tmp_path: Path) -> None:
    found = ended(tmp_path, "limit")
    assert (found.output, found.failure) == (None, "needs more than 180 s of processor time, and was ended")


def test_what_is_stopped_has_ended_and_has_no_output(tmp_path: Path) -> None:
    found = LowPriorityProcess(HERE, tmp_path, ["endless"])
    assert (found.output, found.failure) == (None, None)
    found.stop()
    found.stop()
    assert found._process.returncode == -signal.SIGKILL


def test_it_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    start = f"""
from pathlib import Path
from dashboard.data.low_priority import LowPriorityProcess
print(LowPriorityProcess({HERE!r}, Path({str(tmp_path)!r}), ["endless"])._process.pid)
"""
    printed = subprocess.run([sys.executable, "-c", start], capture_output=True, text=True, check=True)
    orphan = int(printed.stdout)
    until_s = time.monotonic() + WAIT_S
    while psutil.pid_exists(orphan) and psutil.Process(orphan).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < until_s
        time.sleep(0.05)
