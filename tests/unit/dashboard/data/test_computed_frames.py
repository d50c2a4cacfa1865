"""The frames of a run are made once, and are the same when they are read."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from pathlib import Path
from shutil import copytree
from typing import Any

import pandas as pd
import pytest

from dashboard.data import computed_frames as module
from dashboard.data.computed_frames import computed_frames, prepare_frames
from dashboard.data.run_frames import RunFrames, run_frames
from harness.record.computed_file import FOLDER
from harness.record.notes import add_note
from harness.record.reader import Record, open_run
from tests.unit.dashboard import made_guards, made_runs


@pytest.fixture
def record(made: dict[str, Path], tmp_path: Path) -> Record:
    return open_run(Path(copytree(made["careful"], tmp_path / made["careful"].name)))


@pytest.fixture
def made_anew(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The policies of the runs whose frames were really made."""
    seen: list[str] = []

    def counting(record: Record) -> RunFrames:
        seen.append(record.run.policy.name)
        return run_frames(record)

    monkeypatch.setattr(module, "run_frames", counting)
    return seen


@pytest.mark.parametrize("policy", [policy.name for policy in made_runs.POLICIES])
def test_frames_that_are_read_are_the_ones_that_were_made(
    made: dict[str, Path], tmp_path: Path, policy: str
) -> None:
    record = open_run(Path(copytree(made[policy], tmp_path / made[policy].name)))
    computed_frames(record)
    _assert_same(computed_frames(record), run_frames(record))


def test_frames_of_guards_that_are_read_are_the_ones_that_were_made(tmp_path: Path) -> None:
    record = made_guards.eventful(tmp_path)
    computed_frames(record)
    _assert_same(computed_frames(record), run_frames(record))


def test_frames_are_made_once(record: Record, made_anew: list[str]) -> None:
    computed_frames(record)
    computed_frames(record)
    assert made_anew == ["careful"]


def test_the_frames_of_a_run_that_has_just_ended_are_only_read(record: Record, made_anew: list[str]) -> None:
    prepare_frames(record)
    made_anew.clear()
    computed_frames(record)
    assert made_anew == []


def test_a_note_that_was_added_is_in_the_frames(record: Record) -> None:
    computed_frames(record)
    add_note(record.folder, 3.0, "the cache was emptied")
    assert "the cache was emptied" in set(computed_frames(record).spans["label"])


def test_frames_of_a_table_that_was_written_again_are_made_anew(record: Record, made_anew: list[str]) -> None:
    computed_frames(record)
    (record.folder / "calls.parquet").touch()
    computed_frames(record)
    assert made_anew == ["careful", "careful"]


def test_a_damaged_file_of_frames_is_made_anew(record: Record) -> None:
    computed_frames(record)
    (file,) = (record.folder.parent / FOLDER).iterdir()
    file.write_text(file.read_text().replace('"seconds"', '"hours"'))
    _assert_same(computed_frames(record), run_frames(record))


def test_without_keep_nothing_is_written(record: Record) -> None:
    computed_frames(record, keep=False)
    assert not (record.folder.parent / FOLDER).exists()


def test_a_run_without_an_end_has_no_file_of_frames(made: dict[str, Path], tmp_path: Path) -> None:
    prepare_frames(open_run(Path(copytree(made["killed"], tmp_path / made["killed"].name))))
    assert not (tmp_path / FOLDER).exists()


def test_a_damaged_run_has_no_file_of_frames(record: Record) -> None:
    (record.folder / "calls.parquet").write_text("no Parquet")
    prepare_frames(record)
    assert not (record.folder.parent / FOLDER).exists()


def _assert_same(one: Any, other: Any) -> None:
    for field in fields(one):
        a, b = getattr(one, field.name), getattr(other, field.name)
        if isinstance(a, pd.DataFrame):
            pd.testing.assert_frame_equal(a, b, check_exact=True, obj=field.name)
        elif is_dataclass(a):
            _assert_same(a, b)
        else:
            assert a == b, field.name
