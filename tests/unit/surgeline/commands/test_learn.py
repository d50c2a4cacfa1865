"""The command writes its files, or says in one line why it does not."""

from __future__ import annotations

import json
from pathlib import Path

from tests.conftest import Program
from tests.unit.harness.learn.logs import journal_lines, requests, write

FILES = ["arrivals.svg", "learned.md", "scenario.toml", "times.svg", "upstream.toml"]


def test_files_are_written_that_check_accepts(command: Program, tmp_path: Path) -> None:
    path = write(tmp_path / "journal.jsonl", journal_lines(requests(3000)))
    done = command("learn", str(path), "--out", "found", "--json")

    assert done.returncode == 0, done.stderr
    assert sorted(file.name for file in (tmp_path / "found").iterdir()) == FILES
    assert json.loads(done.stdout)["workers"]["value"] == 8
    assert command("check", "found/scenario.toml").returncode == 0


def test_bad_data_is_one_line_and_writes_nothing(command: Program, tmp_path: Path) -> None:
    path = write(tmp_path / "journal.jsonl", journal_lines(requests(100)))
    done = command("learn", str(path))

    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert not (tmp_path / "learned").exists()


def test_a_folder_that_cannot_be_made_is_one_line(command: Program, tmp_path: Path) -> None:
    path = write(tmp_path / "journal.jsonl", journal_lines(requests(3000)))
    done = command("learn", str(path), "--out", str(path / "x"))

    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "cannot be written: Not a directory; choose another folder" in done.stderr
