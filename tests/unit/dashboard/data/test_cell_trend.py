"""One policy under one scenario over its runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dashboard.data.cell_trend import cell_trend
from harness.record.reader import Record, open_run

CELL = "textbook", "dependency-slowdown"


@pytest.fixture
def record(made: dict[str, Path]) -> Record:
    """A judged run whose p99 is beyond its limit."""
    return open_run(made["textbook"])


def _again(record: Record, **changes: object) -> Record:
    return replace(record, run=record.run.model_copy(update={"id": "again", **changes}))


def test_runs_are_in_order_from_the_oldest_with_the_worst_measurement(record: Record) -> None:
    trend = cell_trend([_again(record), record], *CELL)
    assert trend is not None
    assert trend.margin is not None
    assert trend.margin.measured.name == "latency.p99"
    assert list(trend.frame["run"]) == [record.run.id, "again"]


def test_runs_of_another_seed_are_in_it(record: Record) -> None:
    trend = cell_trend([_again(record, seed=99), record], *CELL)
    assert trend is not None
    assert len(trend.frame) == 2


def test_runs_under_other_settings_are_left_out_and_counted(record: Record) -> None:
    slower = record.run.scenario.model_copy(update={"drain_s": 3.0})
    trend = cell_trend([_again(record, scenario=slower), record], *CELL)
    assert trend is not None
    assert (list(trend.frame["run"]), trend.other_settings) == (["again"], 1)


def test_a_cell_without_a_judged_run_has_none(record: Record) -> None:
    assert cell_trend([record], "nobody", "dependency-slowdown") is None
