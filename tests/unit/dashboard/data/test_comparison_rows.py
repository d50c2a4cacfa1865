"""A comparison as rows to draw."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.data.comparison_rows import MeasurementRow, Scale, comparison_rows
from harness.assess.runs import compare_records
from harness.record.reader import open_run
from tests.unit.dashboard import made_comparisons
from tests.unit.dashboard.made_runs import CAREFUL, STATELESS


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> list[MeasurementRow]:
    """Rows of the comparison with a clear winner, seen from `stateless`."""
    records = [open_run(folder) for folder in made_comparisons.clear_winner(tmp_path_factory.mktemp("runs"))]
    return comparison_rows(compare_records(records), records, "stateless")


def _named(rows: list[MeasurementRow], name: str) -> MeasurementRow:
    return next(row for row in rows if row.name == name)


def test_rows_with_a_difference_that_is_shown_come_first(rows: list[MeasurementRow]) -> None:
    assert rows[0].name == "error_ratio"
    assert [row.differs for row in rows] == sorted((row.differs for row in rows), reverse=True)


def test_a_limit_of_the_slo_and_each_policys_verdict_on_it_are_in_its_row(rows: list[MeasurementRow]) -> None:
    row = _named(rows, "error_ratio")
    assert (row.threshold, row.limit) == ("ratio(error) < 1%", 0.01)
    assert [(p.policy, p.margin) for p in row.policies] == [("stateless", "fail"), ("careful", "pass")]
    assert _named(rows, "latency.p50").limit is None


def test_the_policy_that_others_are_compared_with_has_no_difference(rows: list[MeasurementRow]) -> None:
    base, other = _named(rows, "error_ratio").policies
    assert (base.difference, other.direction) == ("", "better")
    assert other.difference.startswith("lower by 1.64%")


def test_a_percentile_that_is_not_reached_has_no_upper_end(rows: list[MeasurementRow]) -> None:
    base = _named(rows, "latency.p99").policies[0]
    assert base.points == (float("inf"),)
    assert base.high is None


def test_everything_finite_lies_on_the_axis(rows: list[MeasurementRow]) -> None:
    for row in rows:
        finite = [x for p in row.policies for x in (p.low, p.high) if x is not None]
        assert all(row.scale.low <= x <= row.scale.high for x in finite)


def test_several_runs_of_a_policy_are_a_spread(tmp_path: Path) -> None:
    folders = made_comparisons.compared(
        tmp_path, "seeds", ["ratio(error) < 1%"], STATELESS, CAREFUL, seeds=(1, 2)
    )
    records = [open_run(folder) for folder in folders]
    rows = comparison_rows(compare_records(records), records, "stateless")
    spread = _named(rows, "error_ratio").policies
    assert all(len(p.points) == 2 and p.text.endswith(" in 2 runs") for p in spread)
    assert " – " in spread[0].text
    assert _named(rows, "latency.p99").policies[0].text == "not reached in 2 runs"


@pytest.mark.parametrize(
    ("scale", "value", "percent"),
    [
        (Scale(0.0, 10.0, logarithmic=False), 5.0, 50.0),
        (Scale(0.01, 1.0, logarithmic=True), 0.1, 50.0),
        (Scale(0.0, 10.0, logarithmic=False), float("inf"), 100.0),
        (Scale(1.0, 10.0, logarithmic=True), 0.0, 0.0),
    ],
)
def test_a_value_lies_on_its_scale(scale: Scale, value: float, percent: float) -> None:
    assert scale.percent(value) == pytest.approx(percent)
