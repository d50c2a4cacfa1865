"""Runs of the lab on cells along the line where the state changes: they confirm the map there, or contradict it."""

from __future__ import annotations

from pathlib import Path

from harness.lab.conductor import Watcher
from harness.lab.plan import Plan
from harness.lab.run import run_plan
from harness.model.scenario import Scenario
from harness.model.stability_map import CellRun, MapCell, StabilityMap
from harness.record.reader import Record
from harness.twin.mapping.cells import inputs_at
from harness.twin.mapping.states import calm, outcome
from harness.twin.sweep import SweepCell
from harness.twin.values import Values, values_of

SERVES: Values = {"goodput": 1.0, "offered_rate": 1.0}
"""What stands for the run without faults of a cell far from overload, which is not made."""


def boundary_cells(found: StabilityMap, count: int) -> list[MapCell]:
    """At most `count` cells in pairs of neighbours with different states, spread along the line between them.

    The line where recovery ends comes first, and cells in which all seeds agree, and pairs along x, one in each row.
    """
    pairs = [
        (cell, beside)
        for cell in found.cells
        for beside in found.neighbours(cell)
        if (beside.y, beside.x) > (cell.y, cell.x) and beside.state != cell.state
    ]
    recovery = [pair for pair in pairs if {each.state for each in pair} == {"stable", "vulnerable"}]
    chosen = recovery or pairs
    sure = [pair for pair in chosen if all(each.agreed for each in pair)]
    along_x = [pair for pair in sure or chosen if pair[0].y == pair[1].y]
    ordered = dict.fromkeys([*_spread(along_x), *_spread(sure or chosen)])
    return list(dict.fromkeys(cell for pair in ordered for cell in pair))[:count]


def _spread(pairs: list[tuple[MapCell, MapCell]]) -> list[tuple[MapCell, MapCell]]:
    """The first pair, the last one, the middle one, and so on: any number from the beginning is spread evenly."""
    order, gaps = [0, len(pairs) - 1], [(0, len(pairs) - 1)]
    while gaps:
        low, high = gaps.pop(0)
        middle = (low + high) // 2
        if high - low > 1:
            order.append(middle)
            gaps += [(low, middle), (middle, high)]
    return [pairs[place] for place in dict.fromkeys(order) if 0 <= place < len(pairs)]


def run_cell(found: StabilityMap, cell: MapCell, root: Path, watch: Watcher) -> CellRun:
    """Makes a run of a cell, and one without faults where overload is near. Raises what `run_plan` raises."""
    played, folder = inputs_at(found.spec, cell.x, cell.y), root / found.id
    record = _run(played, played.scenario, folder, watch, root)
    measured = _measured(record)
    near = any("overloaded" in each.states for each in (cell, *found.neighbours(cell)))
    calm_record = _run(played, calm(played.scenario), folder, watch, root) if near else None
    without = SERVES if calm_record is None else _measured(calm_record)
    result = outcome(without, measured, played.scenario.slo)
    return CellRun(
        x=cell.x, y=cell.y, run=record.run.id, calm_run=calm_record.run.id if calm_record else "",
        state=result.state, recovery_s=result.recovery_s, invalid=_invalid(record),
    )  # fmt: skip


def _run(played: SweepCell, scenario: Scenario, folder: Path, watch: Watcher, root: Path) -> Record:
    return run_plan(Plan(played.policy, scenario, played.upstream), folder, watch, listed_in=root)


def _measured(record: Record) -> Values:
    from harness.assess.runs import evidence_of

    return values_of(evidence_of(record))


def _invalid(record: Record) -> str:
    """Why the whole run does not count; "" where it does."""
    verdict = record.end.verdict if record.end is not None else None
    if verdict is None or verdict.kind != "inconclusive" or not verdict.invalid:
        return ""
    return "; ".join(verdict.reasons)
