"""What the twin predicts of an advised policy: whether it keeps the SLO over the rate, or another one would."""

from __future__ import annotations

from typing import Literal

from harness.model.stability_map import places_beside
from harness.model.tuning import Number
from harness.model.verdict import Measurement
from mock_upstream.config.toml import Frozen

SloState = Literal["keeps", "may break", "breaks"]


def slo_state(kept: int, seeds: int) -> SloState:
    """Whether the SLO holds in all seeds, in some, or in none."""
    return "keeps" if kept == seeds else "may break" if kept else "breaks"


class RateState(Frozen):
    """What is predicted at `factor` times the scenario's rate; in `kept` of `seeds` simulated runs the SLO holds.

    `measurements` are those of the SLO's thresholds, by name, each with the band of a run. `outside` says that the
    calibration does not hold at this rate.
    """

    factor: float
    rate_per_s: float
    kept: int
    seeds: int
    measurements: dict[str, Measurement]
    outside: bool = False

    @property
    def state(self) -> SloState:
        """Whether the SLO holds in all seeds, in some, or in none."""
        return slo_state(self.kept, self.seeds)


class SearchedPolicy(Frozen):
    """A small change of a policy; in `kept` of `seeds` simulated runs the SLO holds."""

    retries: int
    read_s: float
    kept: int
    seeds: int

    @property
    def state(self) -> SloState:
        """Whether the SLO holds in all seeds, in some, or in none."""
        return slo_state(self.kept, self.seeds)


class GridCell(Frozen):
    """One rate with one value of the setting, by their places; in `kept` of `seeds` simulated runs the SLO holds."""

    x: int
    y: int
    kept: int = 0
    seeds: int = 0

    @property
    def state(self) -> SloState:
        """Whether the SLO holds in all seeds, in some, or in none."""
        return slo_state(self.kept, self.seeds)


class SettingGrid(Frozen):
    """The states over the rate and the setting `key` of the policy; `cells` lie row by row, from the lowest value on.

    `advised` are the places of the scenario's own rate and of the advised value. The rates are `factors` times the
    scenario's. `matters` is whether the setting changes how near the SLO is to its limits.
    """

    key: str
    matters: bool = True
    values: tuple[Number, ...]
    factors: tuple[float, ...]
    rates_per_s: tuple[float, ...]
    advised: tuple[int, int]
    cells: tuple[GridCell, ...]

    def cell(self, x: int, y: int) -> GridCell:
        """The cell at these places."""
        return self.cells[y * len(self.factors) + x]

    def differs(self, cell: GridCell) -> bool:
        """Whether a cell beside this one has another state."""
        beside = places_beside(cell.x, cell.y, len(self.factors), len(self.values))
        return any(self.cell(x, y).state != cell.state for x, y in beside)


class AdviceMap(Frozen):
    """The states in ascending order of the rate, and what was searched where no policy was said to do.

    `grid` has them over the rate and the setting that matters most.
    `refused` says in one line why there are no states: a part of the policy that the twin does not model.
    """

    states: tuple[RateState, ...] = ()
    grid: SettingGrid | None = None
    refused: str = ""
    searched: tuple[SearchedPolicy, ...] = ()

    @property
    def found(self) -> tuple[SearchedPolicy, ...]:
        """The searched policies that keep the SLO in all simulated runs."""
        return tuple(each for each in self.searched if each.state == "keeps")
