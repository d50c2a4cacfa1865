"""A job's runs are those that carry its name, not those with the same command line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from dashboard.components.job_status import runs_of
from dashboard.data.background_jobs import BackgroundJob
from harness.record.reader import open_run
from tests.unit.dashboard.made_runs import CAREFUL, underway


def test_the_runs_of_a_job_carry_its_name(tmp_path: Path) -> None:
    record = open_run(underway(tmp_path, CAREFUL).folder)
    mine = replace(record, run=record.run.model_copy(update={"job": "20260301-080000-000001"}))
    job = BackgroundJob(
        command=record.run.command,
        pid=1,
        born_s=0.0,
        started_at="2026-03-01T08:00:00+00:00",
        output=str(tmp_path / "20260301-080000-000001.log"),
    )
    assert runs_of(job, [record, mine]) == [mine]
