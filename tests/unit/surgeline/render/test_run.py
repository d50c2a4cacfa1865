"""The list of runs on a terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.model.errors import DamagedError
from harness.record.reader import Broken
from surgeline.render.run import show_list


def test_a_damaged_run_is_listed_with_the_reason_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    error = DamagedError("runs/a/run.json", "", "is not valid JSON; " + "the folder is damaged " * 10)
    show_list([Broken(Path("runs/a"), error)])
    header, row, line = capsys.readouterr().out.splitlines()
    assert header.split() == ["run", "state", "verdict", "p99", "errors", "attempts/call"]
    assert row.split()[:2] == ["a", "damaged"]
    assert line == str(error)
