"""The twin's map of an advice as a frame."""

from __future__ import annotations

import pandas as pd

from harness.model.advice_map import SettingGrid
from harness.model.advice_map_text import MARKS
from harness.model.formatting import format_value


def grid_cells(grid: SettingGrid) -> pd.DataFrame:
    """One row per cell: the rate as text, the setting's value, the state with its mark and seeds, `advised` for one."""
    rows = [
        {
            "rate": format_value(grid.rates_per_s[cell.x], "1/s"), "value": f"{grid.values[cell.y]:g}",
            "column": cell.x, "row": cell.y, "state": cell.state, "mark": MARKS[cell.state],
            "seeds": f"{cell.kept} of {cell.seeds} seeds keep the SLO", "advised": (cell.x, cell.y) == grid.advised,
        }
        for cell in grid.cells
    ]  # fmt: skip
    return pd.DataFrame(rows)
