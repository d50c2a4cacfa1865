"""Ranges are found by their names."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.model.errors import NotFoundError
from harness.record.kept_ranges import find_range, readable_ranges
from tests.unit.dashboard import made_ranges
from tests.unit.dashboard.made_runs import CAREFUL, TEXTBOOK


def test_a_range_is_found_by_a_part_of_its_name_and_the_newest_by_latest(tmp_path: Path) -> None:
    first = made_ranges.searching(tmp_path, CAREFUL)
    last = made_ranges.searching(tmp_path, TEXTBOOK, started=30)
    (tmp_path / "20270302-080000-range-a").mkdir()
    (tmp_path / "20270302-080000-range-a" / "range.json").write_text("{")
    assert [each.id for each in readable_ranges(tmp_path)] == [last.name, first.name]
    assert find_range(tmp_path, "careful").id == first.name
    assert find_range(tmp_path, "latest").id == last.name
    with pytest.raises(NotFoundError, match="range"):
        find_range(tmp_path, "stateless")
