"""Notes lie beside a record and change nothing of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness.model.errors import ConfigError, RecordError
from harness.record.notes import AT_MOST, FILE, RunNote, add_note, notes, remove_note
from harness.record.reader import open_run
from harness.record.writer import create
from tests.unit.harness.record.test_reader import _run


def test_a_run_has_its_notes_in_the_order_of_their_seconds(tmp_path: Path) -> None:
    folder = create(tmp_path, _run())
    add_note(folder, 20.0, "  the pool   was full ")
    add_note(folder, 3.5, "deployment began")
    assert notes(folder) == (
        RunNote(at_s=3.5, text="deployment began"),
        RunNote(at_s=20.0, text="the pool was full"),
    )


def test_a_removed_note_is_gone_and_the_others_stay(tmp_path: Path) -> None:
    folder = create(tmp_path, _run())
    add_note(folder, 1.0, "one")
    add_note(folder, 2.0, "two")
    remove_note(folder, RunNote(at_s=1.0, text="one"))
    assert notes(folder) == (RunNote(at_s=2.0, text="two"),)


def test_a_note_neither_changes_the_record_nor_brings_a_silent_run_back_to_life(tmp_path: Path) -> None:
    folder = create(tmp_path, _run())
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    for path in folder.iterdir():
        os.utime(path, (0, 0))
    add_note(folder, 1.0, "seen")
    assert {p.name: p.read_bytes() for p in folder.iterdir() if p.name != FILE} == before
    assert open_run(folder).state == "interrupted"


@pytest.mark.parametrize(
    ("at_s", "text"), [(1.0, ""), (1.0, " \n "), (1.0, "x" * 121), (-1.0, "x"), (1.0, "\x00")]
)
def test_what_is_no_note_is_refused(tmp_path: Path, at_s: float, text: str) -> None:
    folder = create(tmp_path, _run())
    with pytest.raises(ConfigError, match="must be one line of 1 to 120 characters"):
        add_note(folder, at_s, text)
    assert notes(folder) == ()


def test_a_run_has_a_limited_number_of_notes(tmp_path: Path) -> None:
    folder = create(tmp_path, _run())
    for place in range(AT_MOST):
        add_note(folder, float(place), "again")
    with pytest.raises(ConfigError, match=f"at most {AT_MOST} are allowed"):
        add_note(folder, 0.0, "one too many")


@pytest.mark.parametrize("written", ["", "{}", "[1]", '[{"at_s": -1, "text": "x"}]', "[" * 100_000])
def test_a_file_that_holds_no_notes_counts_as_none(tmp_path: Path, written: str) -> None:
    folder = create(tmp_path, _run())
    (folder / FILE).write_text(written)
    assert notes(folder) == ()


def test_a_folder_that_cannot_be_written_to_is_an_error_of_one_line(tmp_path: Path) -> None:
    with pytest.raises(RecordError):
        add_note(tmp_path / "absent", 1.0, "seen")
