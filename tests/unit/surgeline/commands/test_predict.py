"""The command that predicts, where it cannot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.record.calibration_file import CALIBRATION_FILE, write_calibration
from harness.record.machine import machine
from tests.conftest import Program
from tests.unit.harness.model.test_calibration import calibration


@pytest.mark.usefixtures("without_numba")
def test_without_numba_the_command_names_the_extra_in_one_line(command: Program) -> None:
    done = command("predict", "baseline")

    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert 'pip install "surgeline[twin]"' in done.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [(None, "does not exist; `surgeline calibrate RUN` writes a calibration"), ("{", "calibration")],
)
def test_a_calibration_that_cannot_be_used_is_one_line(
    command: Program, tmp_path: Path, text: str | None, said: str
) -> None:
    if text is not None:
        (tmp_path / "c.json").write_text(text)
    done = command("predict", "baseline", "--calibration", "c.json")

    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert "c.json" in done.stderr
    assert said in done.stderr


def test_the_calibration_of_the_runs_folder_is_used_and_another_one_where_it_is_named(
    command: Program, runs: Path, tmp_path: Path
) -> None:
    runs.mkdir()
    here = calibration().model_copy(update={"machine": machine(), "run": "of-this-folder"})
    write_calibration(runs / CALIBRATION_FILE, here)
    write_calibration(tmp_path / "c.json", here.model_copy(update={"run": "of-a-file"}))
    short = ["--seeds", "5", "--set", "scenario.arrivals=[{rate_per_s=100, duration_s=6}]", "--json"]
    found = [
        json.loads(command("predict", "baseline", *short, *named).stdout)
        for named in ([], ["--calibration", "c.json"])
    ]

    assert [each["calibration"]["run"] for each in found] == ["of-this-folder", "of-a-file"]
    assert [each["outside_calibration"] for each in found] == [[], []]
