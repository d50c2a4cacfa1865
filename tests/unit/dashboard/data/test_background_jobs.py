"""What was started from a page is a process of its own, with a note beside its output."""

from __future__ import annotations

import os
from pathlib import Path
from time import monotonic, sleep

from dashboard.data import background_jobs
from harness.record.reader import list_runs


def _ended(one: background_jobs.BackgroundJob) -> None:
    until_s = monotonic() + 30
    while one.running and monotonic() < until_s:
        sleep(0.02)
    assert not one.running


def test_a_complaint_of_the_command_line_can_be_read(tmp_path: Path) -> None:
    one = background_jobs.start_job(["run", "no-such-scenario", "--policy", "careful"], tmp_path)
    assert one.command == "surgeline run no-such-scenario --policy careful"
    _ended(one)
    assert "no-such-scenario" in "\n".join(one.output_tail)


def test_it_is_in_a_session_of_its_own_and_can_be_stopped(tmp_path: Path) -> None:
    one = background_jobs.start_job(["upstream", "orders-api", "--help"], tmp_path)
    assert os.getsid(one.pid) != os.getsid(0)
    one.cancel()
    _ended(one)


def test_notes_are_kept_where_no_run_is_looked_for(tmp_path: Path) -> None:
    one = background_jobs.start_job(["--help"], tmp_path)
    assert background_jobs.background_jobs(tmp_path) == [one]
    assert list_runs(tmp_path) == []
    _ended(one)


def test_another_process_with_the_same_number_is_not_taken_for_it(tmp_path: Path) -> None:
    note = background_jobs.BackgroundJob(
        "surgeline run", os.getpid(), 1.0, "2026-03-02T00:00:00+00:00", str(tmp_path / "x.log")
    )
    assert not note.running
    note.cancel()


def test_a_note_that_cant_be_read_is_left_out(tmp_path: Path) -> None:
    (tmp_path / background_jobs.NOTES).mkdir()
    (tmp_path / background_jobs.NOTES / "x.json").write_text("{")
    assert background_jobs.background_jobs(tmp_path) == []


def test_jobs_are_found_by_their_verb_and_by_what_they_are_about(tmp_path: Path) -> None:
    made = [background_jobs.start_job(["suggest", "--help"], tmp_path, about=about) for about in ("r1", "r2")]
    assert background_jobs.background_jobs(tmp_path, "suggest", "r1") == made[:1]
    assert background_jobs.background_jobs(tmp_path, "suggest") == made[::-1]
    assert background_jobs.background_jobs(tmp_path, "run") == []
    for one in made:
        _ended(one)


def test_a_job_waits_for_those_before_it(tmp_path: Path) -> None:
    first = background_jobs.start_job(["upstream", "orders-api", "--port", "0"], tmp_path)
    second = background_jobs.start_job(["--help"], tmp_path)
    assert background_jobs.waits_for(second, tmp_path) == [first]
    assert background_jobs.waits_for(first, tmp_path) == []
    assert second.running
    assert second.output_tail == []
    first.cancel()
    _ended(first)
    _ended(second)
    assert second.output_tail
