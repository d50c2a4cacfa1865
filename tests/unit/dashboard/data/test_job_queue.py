"""One command at a time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from dashboard.data.job_queue import TURN, hold, wait_for_turn

WAITING = "from dashboard.data import job_queue; job_queue.main()"


def _holder(output: Path) -> subprocess.Popen[bytes]:
    """A process that holds the lock of an output until its input ends."""
    with output.open("wb") as sink:
        hold(sink)
        return subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, stdout=sink)


def _waiter(output: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, TURN: str(output)}
    line = [sys.executable, "-c", WAITING, "--help"]
    return subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)


def test_the_first_has_its_turn_at_once(tmp_path: Path) -> None:
    wait_for_turn(tmp_path / "1.log")


def test_one_that_ended_is_not_waited_for(tmp_path: Path) -> None:
    first = _holder(tmp_path / "1.log")
    first.communicate(b"\n", 30)
    wait_for_turn(tmp_path / "2.log")


def test_a_later_one_waits_until_the_earlier_has_ended(tmp_path: Path) -> None:
    first = _holder(tmp_path / "1.log")
    second = _waiter(tmp_path / "2.log")
    try:
        second.wait(1.0)
        ended_early = True
    except subprocess.TimeoutExpired:
        ended_early = False
    first.communicate(b"\n", 30)
    out, _ = second.communicate(timeout=60)
    assert not ended_early
    assert b"Usage" in out


def test_an_earlier_one_does_not_wait_for_a_later_one(tmp_path: Path) -> None:
    second = _holder(tmp_path / "2.log")
    wait_for_turn(tmp_path / "1.log")
    second.communicate(b"\n", 30)


def test_one_that_is_stopped_while_it_waits_says_so_in_one_line(tmp_path: Path) -> None:
    first = _holder(tmp_path / "1.log")
    (tmp_path / "2.log").touch()
    second = _waiter(tmp_path / "2.log")
    try:
        second.wait(2.0)
    except subprocess.TimeoutExpired:
        second.send_signal(signal.SIGTERM)
    _, complaint = second.communicate(timeout=30)
    first.communicate(b"\n", 30)
    assert second.returncode == 130
    assert complaint == b"Stopped while it waited for an earlier command.\n"
