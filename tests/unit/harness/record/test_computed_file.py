"""A computed result counts only for the very records and the very program of which it was made."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from shutil import rmtree

import pytest

import harness.record
from harness.record.computed_file import FOLDER, ComputedFile, program_digest, remove_outdated
from harness.record.notes import add_note
from harness.record.reader import Record, list_runs, open_run
from harness.record.tags import change_tags
from tests.unit.dashboard import made_runs


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_runs.complete(tmp_path_factory.mktemp("runs"), made_runs.CAREFUL)


@pytest.fixture
def record(original: Path, tmp_path: Path) -> Record:
    place = tmp_path / original.name
    place.mkdir()
    for file in original.iterdir():
        (place / file.name).write_bytes(file.read_bytes())
    return open_run(place)


def _of(*records: Record, program: str = "1") -> ComputedFile:
    return ComputedFile.of("sum", records, program)


def test_a_result_is_read_as_it_was_written(record: Record) -> None:
    _of(record).write("a\nb")
    assert _of(record).text() == "a\nb"


def test_a_result_does_not_count_once_a_table_was_written_again(record: Record) -> None:
    _of(record).write("old")
    table = record.folder / "calls.parquet"
    seen, content = table.stat(), table.read_bytes()
    table.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    os.utime(table, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    assert _of(record).text() is None


def test_a_result_does_not_count_once_the_run_was_judged_again(record: Record) -> None:
    _of(record).write("old")
    end = record.folder / "end.json"
    end.write_text(end.read_text() + "\n")
    assert _of(record).text() is None


def test_a_result_of_another_version_of_the_program_does_not_count(record: Record) -> None:
    _of(record, program="1").write("old")
    assert _of(record, program="2").text() is None


def test_tags_and_notes_are_no_part_of_the_record(record: Record) -> None:
    _of(record).write("old")
    change_tags(record.folder, add=["release"])
    add_note(record.folder, 3.0, "a note")
    assert _of(record).text() == "old"


def test_what_a_result_follows_from_besides_the_records_counts_too(record: Record, tmp_path: Path) -> None:
    besides = tmp_path / "doctor.json"
    ComputedFile.of("sum", [record], "1", [besides]).write("without")
    besides.write_text("{}")
    assert ComputedFile.of("sum", [record], "1", [besides]).text() is None


def test_the_order_of_the_records_counts(record: Record, tmp_path: Path) -> None:
    later = made_runs.STARTED + timedelta(minutes=1)
    other = open_run(made_runs.complete(tmp_path, made_runs.STATELESS, started_at=later))
    _of(record, other).write("a, b")
    assert _of(other, record).text() is None


def test_a_file_that_is_damaged_does_not_count(record: Record) -> None:
    _of(record).write("whole")
    _of(record).path.write_bytes(b"\xff\xfe")
    assert _of(record).text() is None


def test_a_pipe_in_place_of_the_file_is_not_waited_for(record: Record) -> None:
    _of(record).path.parent.mkdir()
    os.mkfifo(_of(record).path)
    assert _of(record).text() is None


def test_a_folder_that_cannot_be_written_to_has_no_results(record: Record) -> None:
    (record.folder.parent / FOLDER).write_text("in the way")
    _of(record).write("lost")
    assert _of(record).text() is None


def test_a_link_in_place_of_the_file_or_its_folder_is_not_followed(record: Record, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    precious = elsewhere / "precious"
    precious.write_text("kept")
    _of(record).path.parent.mkdir()
    _of(record).path.symlink_to(precious)
    _of(record).write("overwritten")
    _of(record).path.unlink()
    _of(record).path.parent.rmdir()
    _of(record).path.parent.symlink_to(elsewhere)
    _of(record).write("overwritten")
    assert [(file.name, file.read_text()) for file in elsewhere.iterdir()] == [("precious", "kept")]


def test_the_folder_of_results_is_no_run(record: Record) -> None:
    _of(record).write("x")
    assert [found.folder for found in list_runs(record.folder.parent)] == [record.folder]


def test_another_text_of_a_module_is_another_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = program_digest(harness.record)
    module = tmp_path / "module.py"
    module.write_text("A = 1\n")
    monkeypatch.setattr(harness.record, "__path__", [str(tmp_path)])
    first = program_digest(harness.record)
    module.write_text("A = 2\n")
    assert len({before, first, program_digest(harness.record)}) == 3


def test_the_results_of_records_that_are_gone_are_removed_when_the_next_one_is_written(
    record: Record, tmp_path: Path
) -> None:
    later = made_runs.STARTED + timedelta(minutes=1)
    other = open_run(made_runs.complete(tmp_path, made_runs.STATELESS, started_at=later))
    gone = [_of(other), _of(record, other)]
    for file in (_of(record), *gone):
        file.write("x")
    rmtree(other.folder)
    ComputedFile.of("mean", [record], "1").write("y")
    assert [file.path.exists() for file in gone] == [False, False]
    assert _of(record).text() == "x"


def test_a_result_that_names_no_record_is_removed(record: Record) -> None:
    _of(record).write("x")
    old = _of(record).path.with_name("sum-of-a-version-before.json")
    old.write_text("digest\nold")
    remove_outdated(record.folder.parent)
    assert (old.exists(), _of(record).text()) == (False, "x")


def test_nothing_is_removed_behind_a_link(record: Record, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "precious.json").write_text("kept")
    (record.folder.parent / FOLDER).symlink_to(elsewhere)
    remove_outdated(record.folder.parent)
    assert (elsewhere / "precious.json").exists()


def test_a_result_of_records_in_several_folders_stays_with_the_first_one_s(
    record: Record, tmp_path: Path
) -> None:
    later = made_runs.STARTED + timedelta(minutes=1)
    other = open_run(made_runs.complete(tmp_path / "elsewhere", made_runs.STATELESS, started_at=later))
    _of(record, other).write("x")
    remove_outdated(record.folder.parent)
    assert _of(record, other).text() == "x"
