"""Where a policy is stable, vulnerable or overloaded, over two settings: simulated cells, and runs that check some."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from harness.model.calibration import Calibration
from harness.model.policy import Policy
from harness.model.scenario import Scenario
from mock_upstream.config.toml import Frozen
from mock_upstream.profile import Profile

SCHEMA = 1
MOST_CELLS_PER_AXIS = 60

_PARTS = 2000
"""Into so many parts of equal probability a service time is divided for its mean."""

MapState = Literal["stable", "vulnerable", "untested", "overloaded"]
STATES: tuple[MapState, ...] = ("stable", "vulnerable", "untested", "overloaded")


class MapAxis(Frozen):
    """One setting and its values, ascending. `title` is as it was requested, `keys` are those that `--set` takes."""

    title: str
    keys: tuple[str, ...]
    values: Annotated[tuple[float, ...], Field(min_length=2, max_length=MOST_CELLS_PER_AXIS)]
    whole: bool = False
    """Whether the setting takes whole numbers only."""

    def settings(self, place: int) -> tuple[str, ...]:
        """The overrides of one of its values, as `--set` takes them."""
        return tuple(f"{key}={self.text(place)}" for key in self.keys)

    def text(self, place: int) -> str:
        """One of its values, as it is written."""
        value = self.values[place]
        return f"{value:.0f}" if self.whole else f"{value:g}"

    @property
    def is_rate(self) -> bool:
        """Whether it is the rate of arrivals."""
        return all(key.startswith("scenario.arrivals.") and key.endswith(".rate_per_s") for key in self.keys)

    @property
    def is_retries(self) -> bool:
        """Whether it is the number of retries."""
        return self.keys == ("policy.retry.total",)


class SeedOutcome(Frozen):
    """What one seed of a cell comes to.

    `recovery_s` is the time from the end of the last fault until recovery, None where there was none to measure or
    none before the last arrival. `goodput_ratio` is goodput over the offered rate, of the simulation without faults.
    """

    state: MapState
    recovery_s: float | None = None
    goodput_ratio: float


class MapCell(Frozen):
    """One pair of values, by their places on the axes, with the outcomes of the seeds that were simulated."""

    x: int
    y: int
    seeds: tuple[SeedOutcome, ...] = ()

    @property
    def states(self) -> tuple[MapState, ...]:
        """The state of each seed."""
        return tuple(each.state for each in self.seeds)

    @property
    def state(self) -> MapState:
        """Overloaded where most seeds are, else the state that all seeds have, and vulnerable where they differ.

        Untested where no seed has been simulated yet.
        """
        states = self.states or ("untested",)
        if 2 * states.count("overloaded") > len(states):
            return "overloaded"
        return states[0] if len(set(states)) == 1 else "vulnerable"

    @property
    def agreed(self) -> bool:
        """Whether all seeds have the same state."""
        return len(set(self.states)) == 1


class CellRun(Frozen):
    """A run of the lab on one cell: its name, and what it comes to by the same rules.

    `calm_run` is the run without the scenario's faults, where one was made. `invalid` says why the run does not count,
    such as a driver without processor time ("" where it counts).
    """

    x: int
    y: int
    run: str
    calm_run: str = ""
    state: MapState
    recovery_s: float | None = None
    invalid: str = ""


class MapSpec(Frozen):
    """What is mapped: a policy under a scenario, as their files and `settings` have them, over two axes."""

    policy_name: str
    scenario_name: str
    settings: tuple[str, ...] = ()
    policy: Policy
    scenario: Scenario
    upstream: Profile
    x: MapAxis
    y: MapAxis
    seeds: Annotated[int, Field(ge=1, le=1000)]
    """The most seeds of one cell."""
    calibration: Calibration | None = None
    """What a call takes beyond its service time; None where that was assumed."""

    @property
    def storm_free_rates(self) -> tuple[float, ...]:
        """μ / (1 + R) for each value of y: up to this rate a backlog drains although every call is tried 1 + R times.

        Empty unless x is the rate, y is the retries, and the upstream's capacity does not depend on the load.
        """
        own = self.upstream
        workers, steady = own.capacity.workers, not (own.capacity.brownout or own.region or own.route)
        if not (self.x.is_rate and self.y.is_retries and workers and steady):
            return ()
        mean_s = sum(own.service_time.draw_s((part + 0.5) / _PARTS) for part in range(_PARTS)) / _PARTS
        return tuple(workers / mean_s / (1.0 + retries) for retries in self.y.values) if mean_s else ()


class StabilityMap(Frozen):
    """A map so far; `map.json` of its folder. `cells` lie row by row, from the lowest value of y and of x."""

    id: str
    schema_version: int = SCHEMA
    state: Literal["live", "complete", "interrupted"]
    spec: MapSpec
    started_at: Annotated[datetime, Field(strict=False)]
    cells: tuple[MapCell, ...] = ()
    runs: tuple[CellRun, ...] = ()
    command: str = ""

    def cell(self, x: int, y: int) -> MapCell:
        """The cell at these places."""
        return self.cells[y * len(self.spec.x.values) + x]

    def neighbours(self, cell: MapCell) -> list[MapCell]:
        """The up to four cells beside a cell."""
        wide, high = len(self.spec.x.values), len(self.spec.y.values)
        return [self.cell(x, y) for x, y in places_beside(cell.x, cell.y, wide, high)]

    def agrees(self, run: CellRun) -> bool:
        """Whether a run came to a state that seeds of its cell came to."""
        return run.state in self.cell(run.x, run.y).states

    def stable_up_to(self, y: int) -> str:
        """The highest value of x up to which every cell of this row is stable; "none" where the first is not."""
        stable = _leading(self._row(y), "stable")
        return self.spec.x.text(stable - 1) if stable else "none"

    def overloaded_from(self, y: int) -> str:
        """The lowest value of x from which every cell of this row is overloaded; "none" without one."""
        row = self._row(y)
        overloaded = _leading(row[::-1], "overloaded")
        return self.spec.x.text(len(row) - overloaded) if overloaded else "none"

    def _row(self, y: int) -> list[MapCell]:
        return [self.cell(x, y) for x in range(len(self.spec.x.values))]

    @property
    def simulations(self) -> int:
        """How many seeds were simulated in all cells."""
        return sum(len(cell.seeds) for cell in self.cells)

    def predict_command(self, x: int, y: int) -> list[str]:
        """The command that predicts the measurements of one cell."""
        spec = self.spec
        settings = (*spec.settings, *spec.x.settings(x), *spec.y.settings(y))
        words = [word for setting in settings for word in ("--set", setting)]
        seed = ["--seed", str(spec.scenario.seed)]
        return ["surgeline", "predict", spec.scenario_name, "-p", spec.policy_name, *seed, *words]


def places_beside(x: int, y: int, wide: int, high: int) -> list[tuple[int, int]]:
    """The up to four places beside one, in a map of so many cells."""
    beside = ((x - 1, y), (x + 1, y), (x, y - 1), (x, y + 1))
    return [(x, y) for x, y in beside if 0 <= x < wide and 0 <= y < high]


def _leading(row: list[MapCell], state: MapState) -> int:
    return next((number for number, cell in enumerate(row) if cell.state != state), len(row))
