"""What the report shows, before any of it is HTML."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from dashboard.report.contents import contents, detailed
from harness.assess.runs import compare_records
from harness.model.verdict import Comparison, Inconclusive
from harness.record.notes import add_note
from harness.record.reader import Record


@pytest.fixture(scope="module")
def compared(records: list[Record]) -> Comparison:
    return compare_records(records)


def test_many_runs_are_shown_in_detail_once_for_each_policy(records: list[Record]) -> None:
    assert detailed([*records, *records, *records]) == [0, 1, 2]
    assert detailed([records[0], *records]) == [0, 1, 2, 3]


def test_a_card_counts_the_reasons_that_it_leaves_out(records: list[Record]) -> None:
    end = records[0].end
    assert end is not None
    verdict = Inconclusive(reasons=("a", "b", "c", "d", "e"))
    record = replace(records[0], end=end.model_copy(update={"verdict": verdict}))
    card = contents([record], None).cards[0]
    assert (card.reasons, card.more_reasons) == (("a", "b", "c"), 2)


def test_every_row_of_the_differences_has_a_cell_for_every_other_policy(
    records: list[Record], compared: Comparison
) -> None:
    left = [d for d in compared.deltas if (d.policy_b, d.measurement) != ("textbook", "latency.p99")]
    found = contents(records, compared.model_copy(update={"deltas": tuple(left)})).differences
    assert found is not None
    row = next(row for row in found.rows if row.title == "Latency p99")
    assert found.others == ("textbook", "careful")
    assert row.others[0] == ("same", "–")


def test_one_run_is_compared_with_nothing(records: list[Record]) -> None:
    found = contents(records[:1], None)
    assert (found.differences, found.settings_that_differ, found.overlaid) == (None, None, ())


def test_the_notes_of_a_run_are_in_its_detail(records: list[Record], tmp_path: Path) -> None:
    folder = shutil.copytree(records[0].folder, tmp_path / records[0].folder.name)
    add_note(folder, 12.5, "the pool was full")
    sections = contents([replace(records[0], folder=folder)], None).runs[0].sections
    (table,) = [section.table for section in sections if section.heading == "Notes"]
    assert table is not None
    assert table.rows == (("12.5 s", "the pool was full"),)
