"""A stability map for a terminal and for machines. It is marked as predicted; only its runs were measured."""

from __future__ import annotations

from typing import Any

from rich.text import Text

from harness.model.calibration import calibration_sentence
from harness.model.formatting import format_value
from harness.model.stability_map import CellRun, MapState, StabilityMap
from surgeline.render.console import out
from surgeline.render.range import COLOURS
from surgeline.render.table import plain_table, subject

MARKS: dict[MapState, str] = {"stable": "·", "vulnerable": "▒", "untested": "?", "overloaded": "█"}
CONFIRMS, CONTRADICTS, INVALID = "✓", "✗", "!"
MARK = "predicted: the cells were simulated and not measured; a run was made only where a mark of one stands"


def map_json(found: StabilityMap) -> dict[str, Any]:
    """A map as `map --json` prints it; `cells` lie row by row, from the lowest values on."""
    spec = found.spec
    return {
        "predicted": True,
        "map": found.id,
        "policy": spec.policy.name,
        "scenario": spec.scenario.name,
        "seed": spec.scenario.seed,
        "seeds": spec.seeds,
        "calibration": spec.calibration.run if spec.calibration else None,
        "x": spec.x.model_dump(),
        "y": spec.y.model_dump(),
        "cells": [{**cell.model_dump(), "state": cell.state} for cell in found.cells],
        "runs": [
            {**run.model_dump(), "agrees": None if run.invalid else found.agrees(run)} for run in found.runs
        ],
        "theory": spec.storm_free_rates,
        "simulations": found.simulations,
    }


def show_map(found: StabilityMap) -> None:
    """The map as a table of marks, one row for each value of y, with the values at which the states end."""
    spec = found.spec
    out.print(subject(spec.scenario.name, spec.policy.name, f"  seeds from {spec.scenario.seed} on"))
    out.print(f"map {found.id}", style="dim", soft_wrap=True)
    out.print(MARK, style="yellow", soft_wrap=True)
    out.print(calibration_sentence(spec.calibration), soft_wrap=True)
    theory = spec.storm_free_rates
    first, last = spec.x.text(0), spec.x.text(-1)
    headers = [spec.y.title, f"{spec.x.title} {first} to {last}", "stable up to", "overloaded from"]
    table = plain_table(*headers, *(["μ/(1+R)"] if theory else []))
    for y in reversed(range(len(spec.y.values))):
        known = [format_value(theory[y], "1/s")] if theory else []
        table.add_row(spec.y.text(y), _row(found, y), found.stable_up_to(y), found.overloaded_from(y), *known)
    out.print(table)
    out.print(_legend(found))
    for run in found.runs:
        out.print(_run_line(found, run), soft_wrap=True)


def _row(found: StabilityMap, y: int) -> Text:
    runs = {(run.x, run.y): run for run in found.runs}
    row = Text()
    for x in range(len(found.spec.x.values)):
        cell = found.cell(x, y)
        mark = _mark(found, runs[x, y]) if (x, y) in runs else MARKS[cell.state]
        row.append(f"{mark} ", COLOURS[cell.state])
    return row


def _mark(found: StabilityMap, run: CellRun) -> str:
    if run.invalid:
        return INVALID
    return CONFIRMS if found.agrees(run) else CONTRADICTS


def _legend(found: StabilityMap) -> Text:
    states = [state for state in MARKS if any(cell.state == state for cell in found.cells)]
    legend = Text("  ").join(Text.assemble((MARKS[state], COLOURS[state]), f" {state}") for state in states)
    legend.append(f"  {found.simulations:,} seeds simulated in {len(found.cells):,} cells", "dim")
    return legend


def _run_line(found: StabilityMap, run: CellRun) -> Text:
    spec, cell = found.spec, found.cell(run.x, run.y)
    place = f"{spec.x.title} {spec.x.text(run.x)}, {spec.y.title} {spec.y.text(run.y)}"
    if run.invalid:
        return Text(f"{INVALID} {place}: the run is invalid: {run.invalid}", style="yellow")
    verb, colour = ("confirms", "green") if found.agrees(run) else ("contradicts", "red")
    took = f" after {format_value(run.recovery_s, 's')}" if run.recovery_s is not None else ""
    return Text.assemble(
        (f"{_mark(found, run)} {place}: the run {verb} the map", colour),
        f"; it is {run.state}{took}, and predicted was {cell.state}, n = {len(cell.seeds)} seeds; run {run.run}",
    )
