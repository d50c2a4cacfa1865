"""A comparison is made once, and is the same when it is read."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from harness.assess import computed_comparison as module
from harness.assess.computed_comparison import computed_comparison, keep_comparison
from harness.assess.runs import compare_records
from harness.record.computed_file import FOLDER
from harness.record.reader import Record, open_run
from tests.unit.dashboard import made_runs


@pytest.fixture
def records(tmp_path: Path) -> list[Record]:
    later = made_runs.STARTED + timedelta(minutes=1)
    return [
        open_run(made_runs.complete(tmp_path, made_runs.STATELESS)),
        open_run(made_runs.complete(tmp_path, made_runs.CAREFUL, started_at=later)),
    ]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many runs each comparison that was really made had."""
    seen: list[int] = []

    def counting(records: list[Record]) -> object:
        seen.append(len(records))
        return compare_records(records)

    monkeypatch.setattr(module, "compare_records", counting)
    return seen


def test_a_comparison_that_is_read_is_the_one_that_was_made(records: list[Record], made: list[int]) -> None:
    first, second = computed_comparison(records), computed_comparison(records)
    assert first == second == compare_records(records)
    assert made == [2]


def test_a_comparison_that_was_kept_is_read(records: list[Record], made: list[int]) -> None:
    keep_comparison(records, compare_records(records))
    computed_comparison(records)
    assert made == []


def test_runs_that_changed_are_compared_again(records: list[Record], made: list[int]) -> None:
    computed_comparison(records)
    (records[0].folder / "end.json").touch()
    computed_comparison(records)
    assert made == [2, 2]


def test_without_keep_nothing_is_written(records: list[Record]) -> None:
    computed_comparison(records, keep=False)
    assert not (records[0].folder.parent / FOLDER).exists()
