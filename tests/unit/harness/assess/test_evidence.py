"""What the lab hands to analyse of a run that was silent for a while before it was closed."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from pathlib import Path

from harness.assess.evidence import evidence_of
from harness.assess.verdict import judged_end
from harness.inputs import files
from harness.model.ending import Interrupted, Lost
from harness.model.policy import Policy
from harness.model.run import Run
from harness.record.reader import Record, open_run
from harness.record.writer import create


def _silent(root: Path) -> Record:
    written = files.scenario("baseline")
    identity = Run(
        id="20260101-000000-s-p-abcdef",
        policy=Policy(name="p"),
        scenario=written.scenario,
        upstream=written.upstream,
        seed=1,
        target="http://127.0.0.1:1",
        started_at=datetime(2026, 1, 1, tzinfo=UTC),
        epoch_s=1.0,
    )
    folder = create(root, identity)
    for path in (folder, *folder.iterdir()):
        os.utime(path, (time.time() - 60.0, time.time() - 60.0))
    return open_run(folder)


def test_a_run_that_its_own_lab_takes_long_to_close_was_not_killed(tmp_path: Path) -> None:
    record = _silent(tmp_path)
    assert record.state == "interrupted"
    end = judged_end(record, None)
    assert (end.state, end.early) == ("complete", None)


def test_a_run_without_recent_writes_and_without_an_end_was_killed(tmp_path: Path) -> None:
    assert evidence_of(_silent(tmp_path)).early == Lost(part="command", detail="was killed")


def test_the_end_keeps_what_cut_the_run_short_as_data_and_in_words(tmp_path: Path) -> None:
    end = judged_end(_silent(tmp_path), Interrupted())
    assert (end.state, end.early, end.reason) == ("interrupted", Interrupted(), "stopped by Ctrl-C")
