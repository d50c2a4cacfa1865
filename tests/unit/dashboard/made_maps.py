"""Maps as `surgeline map` would leave them, with states as they are wanted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario
from harness.model.stability_map import (
    CellRun,
    MapAxis,
    MapCell,
    MapSpec,
    MapState,
    SeedOutcome,
    StabilityMap,
)
from harness.record.result_store import MAPS
from tests.unit.dashboard import made_runs
from tests.unit.dashboard.made_runs import CAREFUL, STARTED

STATES: dict[str, MapState] = {"s": "stable", "v": "vulnerable", "o": "overloaded", "u": "untested"}
RETRY_STORM = ("ssssssssvooo", "sssssvvvvooo", "ssssvvvvvooo", "sssvvvvvvooo")


def made_map(rows: Sequence[str], policy: str = "storm-three-retries") -> StabilityMap:
    """A map of rate × retries; `rows` have a letter for each cell, from the lowest number of retries on."""
    written = read_scenario("retry-storm")
    wide = len(rows[0])
    rates = tuple(40.0 * (number + 1) for number in range(wide))
    spec = MapSpec(
        policy_name=policy, scenario_name="retry-storm", policy=read_policy(policy), scenario=written.scenario,
        upstream=written.upstream, seeds=4,
        x=MapAxis(title="arrivals.rate", keys=("scenario.arrivals.0.rate_per_s",), values=rates),
        y=MapAxis(
            title="retry.total", keys=("policy.retry.total",), values=tuple(map(float, range(len(rows)))), whole=True,
        ),
    )  # fmt: skip
    cells = [
        MapCell(x=x, y=y, seeds=_seeds(STATES[letter]))
        for y, row in enumerate(rows)
        for x, letter in enumerate(row)
    ]
    return StabilityMap(
        id=MAPS.name(spec, STARTED), state="complete", spec=spec, started_at=STARTED, cells=tuple(cells),
        command="surgeline map retry-storm -p storm-three-retries --confirm 3",
    )  # fmt: skip


def _seeds(state: MapState) -> tuple[SeedOutcome, ...]:
    served = 0.8 if state == "overloaded" else 0.999
    recovery_s = 2.5 if state == "stable" else None
    return (SeedOutcome(state=state, recovery_s=recovery_s, goodput_ratio=served),) * 2


def confirmed(root: Path, rows: Sequence[str] = RETRY_STORM) -> Path:
    """A map with three runs: one confirms it, one contradicts it, one is invalid."""
    found = made_map(rows)
    folder = root / found.id
    folder.mkdir(parents=True)
    of = made_runs.scenario("retry-storm", duration_s=9.0, rate_per_s=60.0)
    run = made_runs.complete(folder, CAREFUL, of, found.started_at + timedelta(minutes=1)).name
    runs = (
        CellRun(x=4, y=1, run=run, state="stable", recovery_s=2.0),
        CellRun(x=5, y=1, run=run, calm_run=run, state="stable", recovery_s=3.0),
        CellRun(x=3, y=2, run=run, state="vulnerable", invalid="the driver waited for a core"),
    )
    return MAPS.save(root, found.model_copy(update={"runs": runs}))
