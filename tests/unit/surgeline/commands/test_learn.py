"""The command writes its files, or says in one line why it does not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from surgeline.commands.learn import time_window
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


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-11-03T14:00/14:40", 2400),
        ("2026-11-03T14:00:05/2026-11-03T14:01:05", 60),
        ("2026-11-03T14:00+01:00/2026-11-03T14:00Z", 3600),
    ],
)
def test_the_time_of_an_incident_may_be_short(text: str, seconds: int) -> None:
    start_s, end_s = time_window(text, "--incident")

    assert end_s - start_s == seconds
    assert time_window("2026-11-03T14:00/14:40", "--range")[0] == 1_793_714_400.0


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (
            (),
            "learn: FILE is missing; give a journal or an access log, or --prometheus with --range or --incident",
        ),
        (
            ("--incident", "2026-11-03T14:00/14:40"),
            "learn: --prometheus needs either --range or --incident, and no files",
        ),
        (
            ("--incident", "now", "--prometheus", "http://127.0.0.1:9"),
            "--incident: now must be START/END, such as",
        ),
        (
            ("--incident", "2026-11-03T14:00/13:00", "--prometheus", "http://a"),
            "14:00/13:00 ends before it starts",
        ),
        (
            ("--incident", "2026-11-03T14:00/14:40", "--prometheus", "a"),
            "is not a URL; write http://HOST:PORT",
        ),
    ],
)
def test_what_an_incident_needs_is_one_line(
    command: Program, arguments: tuple[str, ...], problem: str
) -> None:
    done = command("learn", *arguments)

    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert problem in done.stderr
