"""The command that calibrates, where it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Program
from tests.unit.dashboard import made_runs


@pytest.mark.usefixtures("without_numba")
def test_without_numba_the_command_names_the_extra_in_one_line(command: Program) -> None:
    done = command("calibrate", "latest")

    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert 'pip install "surgeline[twin]"' in done.stderr


def test_a_run_that_is_missing_is_one_line(command: Program) -> None:
    done = command("calibrate", "nothing")

    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "`surgeline list` shows the runs" in done.stderr


def test_a_run_that_is_not_complete_writes_nothing(command: Program, runs: Path) -> None:
    runs.mkdir()
    made_runs.killed(runs, made_runs.CAREFUL, made_runs.STARTED)
    done = command("calibrate", "latest")

    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "is not complete" in done.stderr
    assert not (runs / "calibration.json").exists()
