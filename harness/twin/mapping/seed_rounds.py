"""Makes a map: one seed in every cell, then further seeds in cells whose state differs from a neighbour's."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from harness.model.stability_map import MapCell, MapSpec, SeedOutcome, StabilityMap
from harness.record.result_store import MAPS
from harness.twin.mapping.cells import inputs_at
from harness.twin.mapping.states import calm, is_overloaded, outcome
from harness.twin.sweep import Sweep, SweepCell
from harness.twin.values import Values

Keep = Callable[[StabilityMap], None]
"""Called with the map after each round."""
Job = tuple[MapCell, SweepCell]
KEPT_AT_ONCE = 60
"""Of the first round, an interruption loses at most so many cells."""


def begin_map(spec: MapSpec) -> StabilityMap:
    """A map whose cells have not been simulated yet."""
    started_at = datetime.now(UTC)
    cells = [MapCell(x=x, y=y) for y in range(len(spec.y.values)) for x in range(len(spec.x.values))]
    command = shlex.join(["surgeline", *sys.argv[1:]])
    return StabilityMap(
        id=MAPS.name(spec, started_at), state="live", spec=spec, started_at=started_at, cells=tuple(cells),
        command=command,
    )  # fmt: skip


def fill_map(found: StabilityMap, sweep: Sweep, keep: Keep) -> StabilityMap:
    """Simulates the cells that have not been simulated yet. Raises ConfigError.

    The result depends neither on how the sweep is spread nor on whether it was interrupted and continued: of the first
    round, parts are kept, and a later round, whose cells follow from all others, is kept whole.
    """
    new = [cell for cell in found.cells if not cell.seeds]
    for start in range(0, len(new), KEPT_AT_ONCE):
        found = _with(found, _played(found.spec, new[start : start + KEPT_AT_ONCE], 1, sweep))
        keep(found)
    while open_cells := undecided(found):
        found = _with(found, _played(found.spec, open_cells, found.spec.seeds, sweep))
        keep(found)
    return found


def undecided(found: StabilityMap) -> list[MapCell]:
    """Cells that lack seeds, and beside which the state is another one, or whose own seeds differ."""
    return [
        cell
        for cell in found.cells
        if len(cell.seeds) < found.spec.seeds
        and (not cell.agreed or any(beside.state != cell.state for beside in found.neighbours(cell)))
    ]


def _played(spec: MapSpec, cells: Sequence[MapCell], seeds: int, sweep: Sweep) -> list[MapCell]:
    """The cells with as many seeds as are wanted: first without faults, then with them where that decides."""
    first = spec.scenario.seed
    jobs: list[Job] = [
        (cell, inputs_at(spec, cell.x, cell.y, first + number))
        for cell in cells
        for number in range(len(cell.seeds), seeds)
    ]
    without = list(sweep([_calm(played) for _, played in jobs]))
    wanted = [
        played
        for (_, played), values in zip(jobs, without, strict=True)
        if played.scenario.trigger_s is not None and not is_overloaded(values, played.scenario.slo)
    ]
    with_faults = dict(zip(map(id, wanted), sweep(wanted), strict=True))
    added: dict[tuple[int, int], list[SeedOutcome]] = {}
    for (cell, played), values in zip(jobs, without, strict=True):
        nothing: Values = {}
        found = outcome(values, with_faults.get(id(played), nothing), played.scenario.slo)
        added.setdefault((cell.x, cell.y), []).append(found)
    return [cell.model_copy(update={"seeds": (*cell.seeds, *added[cell.x, cell.y])}) for cell in cells]


def _calm(played: SweepCell) -> SweepCell:
    return SweepCell(played.policy, calm(played.scenario), played.upstream, played.overhead_s)


def _with(found: StabilityMap, cells: Sequence[MapCell]) -> StabilityMap:
    newer = {(cell.x, cell.y): cell for cell in cells}
    return found.model_copy(
        update={"cells": tuple(newer.get((cell.x, cell.y), cell) for cell in found.cells)}
    )
