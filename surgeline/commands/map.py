"""`surgeline map`: where a policy is stable, vulnerable or overloaded over two settings, simulated and then checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from harness.lab.settings import runs_folder
from harness.model.errors import ConfigError
from harness.model.stability_map import StabilityMap
from harness.record.calibration_file import calibration_of
from harness.record.result_store import MAPS
from surgeline.commands.options import (
    Backend,
    Cluster,
    Json,
    PolicyName,
    ScenarioOrNone,
    Seed,
    Settings,
    refuse_beside_resume,
)
from surgeline.render.console import err, print_json, progress

if TYPE_CHECKING:
    from harness.twin.sweep import BackendName

AxisX = Annotated[
    str, typer.Option("--x", metavar="KEY=LOW..HIGH", help="The horizontal axis, e.g. arrivals.rate=50..500.")
]
AxisY = Annotated[
    str, typer.Option("--y", metavar="KEY=LOW..HIGH", help="The vertical axis, e.g. retry.total=0..5.")
]
Cells = Annotated[str, typer.Option(metavar="WIDExHIGH", help="The most cells along the two axes.")]
MapSeeds = Annotated[
    int, typer.Option(min=1, max=1000, help="Seeds in cells whose neighbours differ; one in the others.")
]
Confirm = Annotated[
    int, typer.Option(min=0, max=100, help="Make runs on this many cells along the line where recovery ends.")
]
Resumed = Annotated[
    str,
    typer.Option(
        metavar="MAP", help="Continue an interrupted map: its name, a unique part of it, or `latest`."
    ),
]


def map_(
    context: typer.Context,
    scenario: ScenarioOrNone = "",
    policy: PolicyName = "careful",
    x: AxisX = "arrivals.rate=50..500",
    y: AxisY = "retry.total=0..5",
    cells: Cells = "15x15",
    seeds: MapSeeds = 4,
    backend: Backend = "loky",
    cluster: Cluster = "",
    confirm: Confirm = 0,
    resume: Resumed = "",
    seed: Seed = None,
    settings: Settings = [],
    as_json: Json = False,
) -> None:
    """Simulates where a policy is stable, vulnerable or overloaded over two settings, and checks some cells by runs."""
    from harness.twin.sweep import backend_of
    from surgeline.render.map import map_json, show_map

    chosen = backend_of(backend)
    if resume:
        refuse_beside_resume(context, "backend", "cluster", "confirm", "as_json")
        begun = _interrupted(resume)
    elif scenario:
        begun = _begun(scenario, policy, tuple(settings), seed, (x, y), cells, seeds)
    else:
        raise ConfigError("map", "SCENARIO", "is missing; give a scenario, or --resume MAP")
    found = _made(begun, chosen, cluster, confirm)
    if as_json:
        print_json(map_json(found))
    else:
        show_map(found)
    raise typer.Exit(map_exit_code(found))


def _begun(
    scenario: str,
    policy: str,
    settings: tuple[str, ...],
    seed: int | None,
    axes: tuple[str, str],
    cells: str,
    seeds: int,
) -> StabilityMap:
    from harness.twin.mapping.axes import cells_of
    from harness.twin.mapping.cells import map_spec
    from harness.twin.mapping.seed_rounds import begin_map

    known = calibration_of(runs_folder())
    return begin_map(map_spec(scenario, policy, settings, seed, axes, cells_of(cells), seeds, known))


def _interrupted(name: str) -> StabilityMap:
    """A map to continue. Raises ConfigError where its files have changed since."""
    from harness.twin.mapping.cells import check_unchanged

    found = MAPS.find(runs_folder(), name)
    check_unchanged(found.spec)
    return found.model_copy(update={"state": "live"})


def map_exit_code(found: StabilityMap) -> int:
    """1 where a run contradicts its cell, 3 where a run is invalid, else 0."""
    if any(not found.agrees(run) for run in found.runs if not run.invalid):
        return 1
    return 3 if any(run.invalid for run in found.runs) else 0


def _made(found: StabilityMap, backend: BackendName, cluster: str, confirm: int) -> StabilityMap:
    """The map, kept in the runs folder after each step; what an interruption leaves is kept too."""
    from harness.twin.mapping.cells import inputs_at
    from harness.twin.mapping.confirmation import boundary_cells, run_cell
    from harness.twin.mapping.seed_rounds import fill_map
    from harness.twin.sweep import measured, sweeping

    root, latest = runs_folder(), found

    def keep(newer: StabilityMap) -> None:
        nonlocal latest
        latest = newer
        MAPS.save(root, newer)
        err.print(f"{newer.simulations:,} simulations of {len(newer.cells):,} cells", soft_wrap=True)

    measured(inputs_at(found.spec, 0, 0))  # It compiles, or is refused, before there is a folder.
    with sweeping(backend, cluster) as sweep:
        latest = MAPS.claim(root, found)
        try:
            latest = fill_map(latest, sweep, keep)
            checked = {(run.x, run.y) for run in latest.runs}
            for cell in boundary_cells(latest, confirm):
                if (cell.x, cell.y) in checked:
                    continue
                title = f"run {latest.spec.x.text(cell.x)} × {latest.spec.y.text(cell.y)}"
                with progress(title, latest.spec.scenario.duration_s) as watch:
                    made = run_cell(latest, cell, root, watch)
                latest = latest.model_copy(update={"runs": (*latest.runs, made)})
                MAPS.save(root, latest)
        except BaseException:
            MAPS.save(root, latest.model_copy(update={"state": "interrupted"}))
            rest = f" --confirm {confirm}" if confirm else ""
            err.print(f"To continue the map: surgeline map --resume {latest.id}{rest}", soft_wrap=True)
            raise
    latest = latest.model_copy(update={"state": "complete"})
    MAPS.save(root, latest)
    return latest
