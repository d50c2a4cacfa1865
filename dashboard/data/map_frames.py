"""A stability map as frames and sentences: its cells, its runs, and where its states end."""

from __future__ import annotations

from itertools import pairwise
from urllib.parse import urlencode

import pandas as pd

from harness.model.formatting import format_value
from harness.model.stability_map import CellRun, MapCell, MapState, StabilityMap

LETTERS: dict[MapState, str] = {"stable": "S", "vulnerable": "V", "untested": "?", "overloaded": "O"}
CHECKS = ("run confirms", "run contradicts", "run is invalid")


def cell_address(found: StabilityMap, x: int, y: int) -> str:
    """The address of one cell on its page."""
    return f"map?{urlencode({'map': found.id, 'x': x, 'y': y})}"


def cells(found: StabilityMap) -> pd.DataFrame:
    """One row per simulated cell: its edges, its values, its state with a letter, its seeds and its address."""
    x_edges, y_edges = _edges(found.spec.x.values), _edges(found.spec.y.values)
    rows = [
        {
            "x_from": x_edges[cell.x], "x_to": x_edges[cell.x + 1], "y_from": y_edges[cell.y],
            "y_to": y_edges[cell.y + 1], "x": found.spec.x.values[cell.x], "y": found.spec.y.values[cell.y],
            "state": cell.state, "letter": LETTERS[cell.state], "seeds": seeds_text(cell),
            "href": cell_address(found, cell.x, cell.y),
        }
        for cell in found.cells if cell.seeds
    ]  # fmt: skip
    return pd.DataFrame(rows)


def runs(found: StabilityMap) -> pd.DataFrame:
    """One row per run of the lab: the values of its cell, its state, and what it says of the map."""
    rows = [
        {
            "x": found.spec.x.values[run.x], "y": found.spec.y.values[run.y], "state": run.state,
            "check": check(found, run), "href": cell_address(found, run.x, run.y),
        }
        for run in found.runs
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["x", "y", "state", "check", "href"])


def cells_csv(found: StabilityMap) -> str:
    """Every cell as a line of CSV: the values of both settings, its state, its seeds, and the run that checks it."""
    runs = {(run.x, run.y): run for run in found.runs}
    rows = [
        {
            found.spec.x.title: found.spec.x.text(cell.x), found.spec.y.title: found.spec.y.text(cell.y),
            "predicted_state": cell.state, "seeds": len(cell.seeds), "states_of_seeds": seeds_text(cell),
            "run": run.run if run else "", "state_of_run": run.state if run else "",
            "check": check(found, run) if run else "",
        }
        for cell in found.cells for run in (runs.get((cell.x, cell.y)),)
    ]  # fmt: skip
    return pd.DataFrame(rows).to_csv(index=False)


def theory(found: StabilityMap) -> pd.DataFrame:
    """One row per number of retries: the rate μ/(1+R), and the edges of the row of cells."""
    edges = _edges(found.spec.y.values)
    rates = found.spec.storm_free_rates
    rows = [{"rate_per_s": rate, "y_from": edges[y], "y_to": edges[y + 1]} for y, rate in enumerate(rates)]
    return pd.DataFrame(rows, columns=["rate_per_s", "y_from", "y_to"])


def ends(found: StabilityMap) -> pd.DataFrame:
    """For each value of y, from the highest on, where the states end along x."""
    spec, rates = found.spec, found.spec.storm_free_rates
    rows = [
        {
            spec.y.title: spec.y.text(y),
            f"Stable up to {spec.x.title}": found.stable_up_to(y),
            f"Overloaded from {spec.x.title}": found.overloaded_from(y),
        }
        | ({"μ/(1+R)": format_value(rates[y], "1/s")} if rates else {})
        for y in reversed(range(len(spec.y.values)))
    ]
    return pd.DataFrame(rows)


def check(found: StabilityMap, run: CellRun) -> str:
    """What a run says of the map."""
    if run.invalid:
        return CHECKS[2]
    return CHECKS[0] if found.agrees(run) else CHECKS[1]


def checks_sentence(found: StabilityMap) -> str:
    """How many runs confirm the map."""
    valid = [run for run in found.runs if not run.invalid]
    if not valid:
        return (
            "Predicted, and checked by no run: `surgeline map … --confirm 6` makes runs along the boundary."
        )
    agreeing = sum(found.agrees(run) for run in valid)
    return f"{agreeing} of {len(valid)} runs along the boundary confirm the map."


def seeds_text(cell: MapCell) -> str:
    """How many seeds came to which state."""
    states = cell.states
    return ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))


def recovery_text(cell: MapCell) -> str:
    """The longest time of recovery of the seeds that recovered."""
    known = [each.recovery_s for each in cell.seeds if each.recovery_s is not None]
    return f"at most {format_value(max(known), 's')}, n = {len(known)}" if known else "none"


def _edges(values: tuple[float, ...]) -> list[float]:
    """The edges between cells: halfway between values, and as far beyond the first and the last one."""
    halves = [(a + b) / 2.0 for a, b in pairwise(values)]
    return [values[0] - (halves[0] - values[0]), *halves, values[-1] + (values[-1] - halves[-1])]
