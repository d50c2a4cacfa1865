"""Tags lie beside a record and change nothing of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness.model.errors import ConfigError, RecordError
from harness.record.reader import open_run
from harness.record.tags import AT_MOST, FILE, change_tags, tags
from harness.record.writer import create
from tests.unit.harness.record.test_reader import _run


def test_a_run_has_the_tags_that_were_added(tmp_path: Path) -> None:
    folder = create(tmp_path, _run())
    change_tags(folder, ["nightly", "before-release"])
    change_tags(folder, ["canary"], remove=["nightly"])
    assert open_run(folder).tags == ("before-release", "canary")


def test_tagging_changes_no_file_of_the_record(tmp_path: Path) -> None:
    folder = create(tmp_path, _run())
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    change_tags(folder, ["nightly"])
    assert {p.name: p.read_bytes() for p in folder.iterdir() if p.name != FILE} == before


def test_tagging_does_not_bring_a_silent_run_back_to_life(tmp_path: Path) -> None:
    folder = create(tmp_path, _run())
    for path in folder.iterdir():
        os.utime(path, (0, 0))
    change_tags(folder, ["nightly"])
    assert open_run(folder).state == "interrupted"


@pytest.mark.parametrize("word", ["", "Two Words", "../x", "<b>", "a" * 41])
def test_a_word_that_is_no_tag_is_refused(tmp_path: Path, word: str) -> None:
    folder = create(tmp_path, _run())
    with pytest.raises(ConfigError, match="must have only the characters a-z"):
        change_tags(folder, [word])


def test_there_is_an_end_to_tags(tmp_path: Path) -> None:
    folder = create(tmp_path, _run())
    with pytest.raises(ConfigError, match="are allowed"):
        change_tags(folder, [f"t{n}" for n in range(AT_MOST + 1)])


def test_a_missing_folder_is_reported_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="cannot be written: No such file"):
        change_tags(tmp_path / "gone", ["nightly"])


@pytest.mark.parametrize("text", ["{", "3", '["<b>x</b>", 7, "fine"]'])
def test_a_damaged_file_of_tags_never_hides_the_run(tmp_path: Path, text: str) -> None:
    folder = create(tmp_path, _run())
    (folder / FILE).write_text(text)
    assert set(open_run(folder).tags) <= {"fine"}
    assert tags(folder) == open_run(folder).tags
