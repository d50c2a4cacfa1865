"""The twin's map of an advice in words, the same on a page and in a terminal."""

from __future__ import annotations

from harness.model.advice_map import AdviceMap, GridCell, RateState, SearchedPolicy, SettingGrid
from harness.model.formatting import format_interval, format_value
from harness.model.quantities import TITLES
from harness.model.verdict import Measurement

MAP_MARK = (
    "Predicted, not measured: the twin has played the advised policy at other rates. In brackets are the seeds that "
    "keep the SLO, and the 95% bands of a run."
)
OUTSIDE_MARK, OUTSIDE_NOTE = (
    " *",
    "* outside of the calibrated region: the run of the calibration had another rate.",
)
MARKS = {"keeps": "✓", "may break": "?", "breaks": "✗"}
SYMBOLS = {"keeps": "✓ keeps", "may break": "? may break", "breaks": "✗ breaks"}


def map_table(found: AdviceMap) -> tuple[list[str], list[list[str]]]:
    """Columns and rows: the rate, whether the SLO holds, and what its thresholds are about."""
    names = list(dict.fromkeys(name for each in found.states for name in each.measurements))
    columns = ["Rate", "SLO", *(TITLES.get(name, name) for name in names)]
    return columns, [_row(each, names) for each in found.states]


def grid_title(grid: SettingGrid) -> str:
    """What the map over two settings shows, as one sentence."""
    seeds = [cell.seeds for cell in grid.cells]
    x, y = grid.advised
    advised = f"{grid.key} = {grid.values[y]:g} at {format_value(grid.rates_per_s[x], '1/s')}"
    why = (
        "the setting that matters most here"
        if grid.matters
        else "although no setting that was tried changes much here"
    )
    return (
        f"Predicted over the rate and {grid.key}, {why}; advised is {advised}. "
        f"{MARKS['keeps']} keeps the SLO, {MARKS['may break']} may break it, {MARKS['breaks']} breaks it; "
        f"{min(seeds)} to {max(seeds)} seeds a cell."
    )


def grid_table(grid: SettingGrid) -> tuple[list[str], list[list[str]]]:
    """Columns and rows, from the highest value on: a mark for each rate, that of the advised point in brackets."""
    columns = [grid.key, *(f"{factor:g} ×" for factor in grid.factors)]
    rows = [
        [f"{grid.values[y]:g}", *(grid_mark(grid, grid.cell(x, y)) for x in range(len(grid.factors)))]
        for y in reversed(range(len(grid.values)))
    ]
    return columns, rows


def grid_mark(grid: SettingGrid, cell: GridCell) -> str:
    """The mark of one cell."""
    mark = MARKS[cell.state]
    return f"[{mark}]" if (cell.x, cell.y) == grid.advised else mark


def search_sentence(found: AdviceMap) -> str:
    """Whether a search in the twin agrees that no policy would do."""
    what = _searched(found.searched)
    if not found.found:
        return f"A search agrees that no policy would do: of {what}, none keeps the SLO in all seeds (predicted)."
    best = found.found[0]
    return (
        f"A search contradicts that no policy would do: of {what}, {len(found.found)} keep the SLO in all seeds "
        f"(predicted), such as retry.total = {best.retries} with timeout.read_s = {best.read_s:g}."
    )


def _searched(policies: tuple[SearchedPolicy, ...]) -> str:
    most = max(each.retries for each in policies)
    reads_s = [each.read_s for each in policies]
    retries = f"0 to {most} retries" if most else "no retries, because the call may not be repeated,"
    return (
        f"{len(policies)} policies in the twin, with {retries} and read timeouts of "
        f"{format_value(min(reads_s), 's')} to {format_value(max(reads_s), 's')}, {policies[0].seeds} seeds each"
    )


def _row(each: RateState, names: list[str]) -> list[str]:
    rate = f"{format_value(each.rate_per_s, '1/s')} ({each.factor:g} ×){OUTSIDE_MARK if each.outside else ''}"
    state = f"{SYMBOLS[each.state]} ({each.kept} of {each.seeds})"
    return [rate, state, *(_value(each.measurements.get(name)) for name in names)]


def _value(m: Measurement | None) -> str:
    if m is None:
        return "–"
    value = format_value(m.number, m.unit)
    return value if m.low == m.high else f"{value} ({format_interval(m)})"
