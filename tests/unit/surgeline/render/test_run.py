"""The list of runs on a terminal."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.model.errors import DamagedError
from harness.record.reader import Broken, open_run
from surgeline.render.run import run_json, show_list, show_run
from tests.unit.dashboard import made_runs


def test_a_damaged_run_is_listed_with_the_reason_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    error = DamagedError("runs/a/run.json", "", "is not valid JSON; " + "the folder is damaged " * 10)
    show_list([Broken(Path("runs/a"), error)])
    header, row, line = capsys.readouterr().out.splitlines()
    assert header.split() == ["run", "state", "verdict", "p99", "errors", "attempts/call"]
    assert row.split()[:2] == ["a", "damaged"]
    assert line == str(error)


def test_a_pass_says_which_events_may_be_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = open_run(made_runs.passing(tmp_path))
    show_run(record)
    printed = " ".join(capsys.readouterr().out.split())
    assert "✓ PASS" in printed
    assert made_runs.UNSEEN in printed
    assert run_json(record)["unseen_s"] == pytest.approx(7 / 3)


def test_a_percentile_that_failed_calls_reach_is_not_reached(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = open_run(made_runs.failing_fast(tmp_path))
    show_run(record)
    printed = " ".join(capsys.readouterr().out.split())
    assert "p99(latency) is not reached: more than 1% of the calls failed" in printed
    assert "latency.p99 not reached ≥ " in printed
    assert "Not reached: a failed call is infinitely late" in printed
    assert run_json(record)["measurements"]["latency.p99"]["value"] is None


def test_a_run_that_counts_failed_calls_apart_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = open_run(made_runs.passing(tmp_path))
    slo = record.run.scenario.slo.model_copy(update={"failed_calls": "apart"})
    scenario = record.run.scenario.model_copy(update={"slo": slo})
    show_run(replace(record, run=record.run.model_copy(update={"scenario": scenario})))
    assert "Percentiles of latency are of successful calls" in " ".join(capsys.readouterr().out.split())


def test_a_list_says_that_a_p99_is_not_reached(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    show_list([open_run(made_runs.failing_fast(tmp_path))])
    assert "not reached" in capsys.readouterr().out
