"""The calibration of a machine as a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.model.calibration import Calibration
from harness.model.errors import DamagedError, NewerSchemaError, NotFoundError
from harness.record.calibration_file import (
    CALIBRATION_FILE,
    calibration_of,
    read_calibration,
    write_calibration,
)
from harness.record.machine import machine
from tests.unit.harness.model.test_calibration import calibration


def _of_here() -> Calibration:
    return calibration().model_copy(update={"machine": machine()})


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write_calibration(tmp_path / "c.json", calibration())
    assert read_calibration(tmp_path / "c.json") == calibration()


def test_the_runs_folder_has_the_calibration_of_its_machine(tmp_path: Path) -> None:
    assert calibration_of(tmp_path) is None
    write_calibration(tmp_path / CALIBRATION_FILE, _of_here())
    assert calibration_of(tmp_path) == _of_here()


def test_that_of_another_machine_is_not_taken_for_this_ones(tmp_path: Path) -> None:
    write_calibration(tmp_path / CALIBRATION_FILE, calibration())
    assert calibration_of(tmp_path) is None


def test_a_missing_file_is_one_line_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="does not exist; `surgeline calibrate RUN` writes"):
        read_calibration(tmp_path / "c.json")


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"schema_version": 1, "run": 3}', "\x00"])
def test_a_damaged_file_is_one_line_with_the_remedy(tmp_path: Path, text: str) -> None:
    (tmp_path / CALIBRATION_FILE).write_text(text)
    with pytest.raises(DamagedError, match="write it again with `surgeline calibrate RUN`") as refused:
        calibration_of(tmp_path)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("value", [None, -0.001, 61.0])
def test_an_overhead_that_is_no_time_of_a_call_is_refused(tmp_path: Path, value: float | None) -> None:
    text = json.loads(calibration().model_dump_json())
    text["overhead"]["value"] = value
    (tmp_path / "c.json").write_text(json.dumps(text))
    with pytest.raises(DamagedError, match="must have a value of 0 to 60 seconds"):
        read_calibration(tmp_path / "c.json")


def test_a_file_of_a_later_version_is_refused(tmp_path: Path) -> None:
    newer = calibration().model_copy(update={"schema_version": 9})
    (tmp_path / "c.json").write_text(newer.model_dump_json())
    with pytest.raises(NewerSchemaError, match="newer surgeline"):
        read_calibration(tmp_path / "c.json")
