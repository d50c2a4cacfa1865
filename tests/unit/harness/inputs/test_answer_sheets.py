"""Answers from files, with the upstream of a learned folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.inputs.answer_sheets import read_answers
from harness.model.errors import ConfigError

SHEET = """
name = "learned-read"
failure_cost = "low"
burstiness = "steady"
compliance = false
idempotent = true
budget_s = 1.0
share = 1.0
peak_per_s = 20.0

[upstream]
learned = "found"
"""
UPSTREAM = (
    'name = "learned"\n\n[capacity]\nworkers = 3\n\n[service_time]\ndistribution = "fixed"\nvalue_s = 0.02\n'
)


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "answers.toml"
    path.write_text(SHEET)
    return path


def test_a_learned_folder_lies_beside_the_sheet(sheet: Path) -> None:
    (sheet.parent / "found").mkdir()
    (sheet.parent / "found" / "upstream.toml").write_text(UPSTREAM)
    _, learned = read_answers(str(sheet))
    assert learned is not None
    assert learned.capacity.workers == 3


def test_a_learned_folder_that_is_missing_is_one_line(sheet: Path) -> None:
    with pytest.raises(ConfigError, match="run `surgeline learn` first"):
        read_answers(str(sheet))


def test_a_shipped_sheet_is_found_by_its_name() -> None:
    answers, learned = read_answers("batch-job")
    assert (answers.name, learned) == ("batch-job", None)


def test_an_unknown_key_names_the_nearest(sheet: Path) -> None:
    sheet.write_text(SHEET.replace("budget_s", "budgets"))
    with pytest.raises(ConfigError, match="budget_s"):
        read_answers(str(sheet))
