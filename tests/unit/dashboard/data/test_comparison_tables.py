"""Runs beside each other as tables."""

from __future__ import annotations

import math
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest

from dashboard.data import comparison_tables
from dashboard.report.export import as_csv
from harness.assess.runs import compare_records as comparison
from harness.model.verdict import Comparison
from harness.record.reader import Record, open_run
from tests.unit.dashboard.made_runs import CAREFUL, STATELESS, TEXTBOOK


@pytest.fixture(scope="module")
def records(made: dict[str, Path]) -> list[Record]:
    return [open_run(made[name]) for name in ("stateless", "textbook", "careful")]


@pytest.fixture(scope="module")
def compared(records: list[Record]) -> Comparison:
    return comparison(records)


def test_a_run_is_called_by_its_policy(records: list[Record]) -> None:
    assert comparison_tables.run_labels(records) == ["stateless", "textbook", "careful"]


def test_runs_of_one_policy_are_told_apart(records: list[Record]) -> None:
    assert len(set(comparison_tables.run_labels([records[0], records[0], records[1]]))) == 3


def test_key_numbers_carry_their_interval_and_n(records: list[Record]) -> None:
    table = comparison_tables.measurement_table(records).set_index("Measurement")
    assert "n = 3," in table.loc["Calls failed", "stateless"]


def test_differences_can_be_seen_from_either_side(compared: Comparison) -> None:
    there = comparison_tables.against(compared, "stateless")["textbook"]
    back = comparison_tables.against(compared, "textbook")["stateless"]
    assert [(d.a, d.b, d.difference, d.low) for d in there] == [
        (d.b, d.a, None if d.difference is None else -d.difference, None if d.high is None else -d.high)
        for d in back
    ]


def test_the_other_side_of_higher_is_lower(compared: Comparison) -> None:
    there = {d.measurement: d.verdict for d in comparison_tables.against(compared, "textbook")["stateless"]}
    assert there["latency.p95"] == "lower"


def test_a_percentile_that_failed_calls_reach_has_no_difference(compared: Comparison) -> None:
    """The upstream fails 2% of the calls, and stateless retries none."""
    table = comparison_tables.difference_table(compared, "stateless").set_index("Measurement")
    assert table.loc["Latency p99", "stateless"] == "not reached"
    assert table.loc["Latency p99", "careful"].endswith(": difference undefined")
    assert "A percentile that is not reached has no difference" in comparison_tables.footnote(compared)


def test_what_can_not_be_told_is_said_in_plain_words(compared: Comparison) -> None:
    table = comparison_tables.difference_table(compared, "stateless").set_index("Measurement")
    assert "no difference shown" in table.loc["Latency p95", "careful"]
    assert table.loc["Latency p95", "textbook"].endswith(", worse")


def test_a_table_for_a_spreadsheet_has_plain_numbers(compared: Comparison) -> None:
    table = pd.read_csv(StringIO(as_csv(compared)))
    assert len(table) == len(compared.deltas)
    assert table["a"].to_numpy() == pytest.approx(
        [math.nan if d.a is None else d.a for d in compared.deltas], nan_ok=True
    )


def test_only_settings_that_differ_are_listed() -> None:
    frame = comparison_tables.settings_that_differ({p.name: p for p in (STATELESS, TEXTBOOK, CAREFUL)})
    found = frame.set_index("Setting")
    assert found.loc["adapter.pool_maxsize"].tolist() == ["10", "20", "64"]
    assert found.loc["retry.total"].tolist() == ["–", "4", "1"]
    assert "session.verify" not in found.index


def test_an_interval_without_zero_that_shows_nothing_has_its_reason(compared: Comparison) -> None:
    d = compared.deltas[0].model_copy(
        update={"low": 0.92, "high": 3.46, "difference": 2.0, "verdict": "no difference shown"}
    )
    assert "smaller than what two runs of one policy differ by" in comparison_tables.difference_text(d)
    d = d.model_copy(update={"low": -1.0})
    assert "smaller than" not in comparison_tables.difference_text(d)
