"""Which cells of a map are checked by runs."""

from __future__ import annotations

import pytest

from harness.model.stability_map import MapCell, StabilityMap
from harness.twin.mapping.confirmation import boundary_cells
from tests.unit.dashboard.made_maps import made_map

ROWS = ("sssv", "ssvo", "svvo")


def _states(cells: list[MapCell]) -> set[str]:
    return {cell.state for cell in cells}


@pytest.fixture
def found() -> StabilityMap:
    return made_map(ROWS)


def test_cells_are_pairs_on_both_sides_of_the_line_where_recovery_ends(found: StabilityMap) -> None:
    cells = boundary_cells(found, 2)
    assert _states(cells) == {"stable", "vulnerable"}
    assert abs(cells[0].x - cells[1].x) + abs(cells[0].y - cells[1].y) == 1


def test_more_cells_are_spread_along_the_line(found: StabilityMap) -> None:
    cells = boundary_cells(found, 6)
    assert len(cells) == len(set(cells)) == 6
    assert {cell.y for cell in cells} == {0, 1, 2}
    assert _states(cells) == {"stable", "vulnerable"}


def test_without_that_line_the_edge_of_overload_is_checked() -> None:
    assert _states(boundary_cells(made_map(("ssoo", "ssoo")), 4)) == {"stable", "overloaded"}


def test_a_map_of_one_state_has_no_line() -> None:
    assert boundary_cells(made_map(("ss", "ss")), 6) == []


def test_no_more_cells_are_checked_than_the_line_has(found: StabilityMap) -> None:
    assert len(boundary_cells(found, 100)) == 6
