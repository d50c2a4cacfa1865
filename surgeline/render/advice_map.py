"""What the twin predicts of an advice, for a terminal."""

from __future__ import annotations

from typing import Any

from rich.text import Text

from harness.model.advice_map import AdviceMap, SettingGrid
from harness.model.advice_map_text import (
    MAP_MARK,
    OUTSIDE_NOTE,
    grid_table,
    grid_title,
    map_table,
    search_sentence,
)
from surgeline.render.console import out
from surgeline.render.table import plain_table

STYLES = {"keeps": "green", "may break": "yellow", "breaks": "red"}


def show_advice_map(found: AdviceMap) -> None:
    """The states over the rate, marked as predicted, or why there are none; and what the search found."""
    if found.states:
        out.print(MAP_MARK, style="yellow", soft_wrap=True)
        columns, rows = map_table(found)
        table = plain_table(*columns)
        for each, (rate, state, *rest) in zip(found.states, rows, strict=True):
            table.add_row(rate, Text(state, STYLES[each.state]), *rest)
        out.print(table)
        if any(each.outside for each in found.states):
            out.print(OUTSIDE_NOTE, style="dim", soft_wrap=True)
        if found.grid is not None:
            _show_grid(found.grid)
    else:
        out.print(found.refused, style="dim", soft_wrap=True)
    if found.searched:
        out.print(search_sentence(found), style="red" if found.found else "", soft_wrap=True)


def _show_grid(grid: SettingGrid) -> None:
    out.print(grid_title(grid), style="yellow", soft_wrap=True)
    columns, rows = grid_table(grid)
    table = plain_table(*columns)
    for y, (value, *marks) in zip(reversed(range(len(grid.values))), rows, strict=True):
        styles = (STYLES[grid.cell(x, y).state] for x in range(len(grid.factors)))
        table.add_row(value, *(Text(mark, style) for mark, style in zip(marks, styles, strict=True)))
    out.print(table)


def map_json(found: AdviceMap) -> dict[str, Any]:
    """The same for machines, with the state of each rate and of each searched policy."""
    states = [{**each.model_dump(), "state": each.state} for each in found.states]
    searched = [{**each.model_dump(), "state": each.state} for each in found.searched]
    grid = None
    if found.grid is not None:
        cells = [{**each.model_dump(), "state": each.state} for each in found.grid.cells]
        grid = {**found.grid.model_dump(), "cells": cells}
    return {"predicted": True, "refused": found.refused, "states": states, "grid": grid, "searched": searched}
