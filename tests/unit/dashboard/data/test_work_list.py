"""The runs as a work list."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from math import inf
from pathlib import Path

import pytest

from dashboard.data.work_list import WorkGroup, runs_markdown, work_groups
from harness.record.reader import Record, open_run
from tests.unit.dashboard.made_runs import STARTED

NOW = STARTED + timedelta(hours=2)


@pytest.fixture
def record(made: dict[str, Path]) -> Record:
    """A judged run whose p99 is beyond its limit."""
    return open_run(made["textbook"])


def _again(record: Record, number: int) -> Record:
    return replace(record, run=record.run.model_copy(update={"id": f"again-{number}"}))


def _group(records: list[Record], at_most: int = 10) -> WorkGroup:
    (group,) = work_groups(records, NOW, at_most)
    return group


def test_a_group_is_a_policy_under_a_scenario(made: dict[str, Path]) -> None:
    records = [open_run(made[name]) for name in ("careful", "textbook", "stateless")]
    found = work_groups(records, NOW, 10)
    assert [group.policy for group in found] == ["careful", "textbook", "stateless"]
    assert {group.scenario for group in found} == {"dependency-slowdown"}


def test_numbers_scale_their_units(record: Record) -> None:
    row = _group([record]).rows[0]
    assert row.numbers["p99"].endswith(" s")
    assert (row.verdict, row.margin) == ("✗ Fail", "Latency p99 25 × limit")


def test_a_run_without_an_end_has_no_numbers(made: dict[str, Path]) -> None:
    row = _group([open_run(made["killed"])]).rows[0]
    assert (row.kind, row.verdict, set(row.numbers.values())) == ("not-judged", "◐ Interrupted", {"–"})


def test_older_runs_are_counted_beyond_the_most_that_are_listed(record: Record) -> None:
    group = _group([_again(record, number) for number in range(7)], at_most=3)
    assert ([row.run for row in group.rows], group.hidden) == (["again-0", "again-1", "again-2"], 4)


def test_a_spark_line_runs_from_the_oldest_to_the_newest(record: Record) -> None:
    spark = _group([_again(record, number) for number in range(3)]).spark
    assert spark is not None
    assert [(point.x, point.y, point.kind) for point in spark.points] == [
        (0.0, 1.0, "fail"),
        (0.5, 1.0, "fail"),
        (1.0, 1.0, "fail"),
    ]
    assert spark.limit == pytest.approx(0.04, abs=0.01)


def test_one_run_has_no_spark_line(record: Record) -> None:
    assert _group([record]).spark is None


def test_a_value_that_is_not_reached_is_at_the_upper_edge(record: Record) -> None:
    assert record.end is not None
    worst = record.end.measurements["latency.p99"]
    lost = worst.model_copy(update={"value": None, "low": None, "high": None})
    end = record.end.model_copy(update={"measurements": {**record.end.measurements, "latency.p99": lost}})
    spark = _group([record, replace(_again(record, 1), end=end)]).spark
    assert spark is not None
    assert [point.y for point in spark.points] == [1.0, 1.0]
    assert inf not in [point.y for point in spark.points]


def test_runs_as_markdown_have_a_row_for_each_with_its_numbers(record: Record, made: dict[str, Path]) -> None:
    lines = runs_markdown([record, open_run(made["killed"])], "2 of 5 runs | here.", NOW).splitlines()
    assert lines[2] == "2 of 5 runs \\| here."
    assert lines[4].startswith("| run | scenario | policy | verdict | worst measurement | p99 |")
    assert (
        f"| `{record.run.id}` | dependency-slowdown | textbook | ✗ Fail | Latency p99 25 × limit |"
        in lines[6]
    )
    assert "| ◐ Interrupted |  | – |" in lines[7]
