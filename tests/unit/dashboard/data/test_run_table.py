"""The table of runs, and its filter."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from dashboard.data.run_table import chosen_runs, run_table
from harness.record.reader import Record, list_runs


@pytest.fixture
def table(root: Path) -> pd.DataFrame:
    return run_table(r for r in list_runs(root) if isinstance(r, Record))


def test_every_run_that_can_be_opened_has_a_row(table: pd.DataFrame) -> None:
    assert sorted(table["Policy"]) == ["careful", "cramped", "stateless", "textbook", "textbook"]


def test_a_run_without_an_end_has_no_numbers(table: pd.DataFrame) -> None:
    killed = table[table["Policy"] == "cramped"].iloc[0]
    assert killed["Verdict"] == "– Not judged"
    assert pd.isna(killed["p99, ms"])


def test_the_filter_wants_every_word(table: pd.DataFrame) -> None:
    assert chosen_runs(table, "textbook fail", [], [])["Policy"].tolist() == ["textbook"]


def test_the_filter_wants_one_of_the_verdicts(table: pd.DataFrame) -> None:
    assert set(chosen_runs(table, "", ["✗ Fail"], [])["Policy"]) == {"stateless", "textbook"}
