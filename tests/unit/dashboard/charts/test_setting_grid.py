"""The chart of an advice over the rate and one setting."""

from __future__ import annotations

from dashboard.charts.setting_grid import setting_grid
from dashboard.data.grid_frames import grid_cells
from dashboard.theme.palette import LIGHT
from tests.unit.dashboard.drawn import spec, svg
from tests.unit.harness.model.test_advice_map_text import made_grid


def test_every_cell_has_its_mark_and_one_is_named_as_advised() -> None:
    drawn = svg(setting_grid(grid_cells(made_grid()), "retry.total", LIGHT))
    assert [drawn.count(f">{mark}<") for mark in "✓?✗"] == [3, 2, 1]
    assert drawn.count(">advised<") == 1


def test_rates_rise_to_the_right_and_values_to_the_top() -> None:
    layers = spec(setting_grid(grid_cells(made_grid()), "retry.total", LIGHT))["layer"]
    assert layers[0]["encoding"]["x"]["sort"] == ["20.0/s", "40.0/s", "80.0/s"]
    assert layers[0]["encoding"]["y"]["sort"] == ["2", "1"]
