"""Where a policy keeps its SLO over the rate and one of its settings: the one that matters most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isclose

from harness.inputs.varied_policies import value_of, with_settings
from harness.model.advice_map import GridCell, SettingGrid
from harness.model.calibration import Calibration, overhead_of
from harness.model.errors import ConfigError
from harness.model.policy import Policy
from harness.model.scenario import Scenario
from harness.model.slo import Slo, Threshold
from harness.model.tuning import Number
from harness.twin.prediction import LEAST_SEEDS
from harness.twin.sweep import Sweep, SweepCell, sweeping
from harness.twin.values import Values
from mock_upstream.profile import Profile

KEYS = (
    "retry.total", "timeout.read_s", "timeout.total_s", "retry.budget.ratio", "bulkhead.connections",
    "adapter.pool_maxsize", "breaker.failure_ratio",
)  # fmt: skip
"""The settings of which one is chosen, where the policy has them, as it has a pool; of equal ones it is the first."""
RETRIES, SHARES = range(5), (0.25, 0.5, 1.0, 2.0, 4.0)
"""Numbers of retries; and values of other settings, as multiples of the policy's own."""
TRIED_AT, MOST_OF_LIMIT = (1.0, 1.25, 1.5), 2.0
"""Multiples of the rate at which it is tried what matters most, and how far beyond a limit all is the same."""


@dataclass(frozen=True, slots=True)
class _Grid:
    """What is simulated."""

    policy: Policy
    scenario: Scenario
    upstream: Profile
    overhead_s: float
    sweep: Sweep

    def cell(self, key: str, value: Number, factor: float, seed: int = 0) -> SweepCell:
        """The policy with a setting's value, at a multiple of the rate, with a further seed."""
        scaled = at_factor(self.scenario, factor)
        seeded = scaled.model_copy(update={"seed": scaled.seed + seed})
        return SweepCell(with_settings(self.policy, {key: value}), seeded, self.upstream, self.overhead_s)

    def most_important(self) -> tuple[str, bool]:
        """The setting whose values change most how near the SLO is to breaking, and whether it changes that at all."""
        ranges = {key: values for key in KEYS if (values := values_around(self.policy, key))}
        cells = [
            self.cell(key, value, factor)
            for key, values in ranges.items()
            for factor in TRIED_AT
            for value in (values[0], values[-1])
        ]
        near = [nearness(values, self.scenario.slo) for values in self.sweep(cells)]
        ends = zip(near[::2], near[1::2], strict=True)
        changes = [abs(low - high) for low, high in ends]
        per_key = len(TRIED_AT)
        found = {key: round(sum(changes[per_key * n : per_key * (n + 1)]), 1) for n, key in enumerate(ranges)}
        key = max(found, key=lambda key: found[key])
        return key, found[key] > 0.0

    def filled(self, grid: SettingGrid, cells: Sequence[GridCell], seeds: int) -> SettingGrid:
        """The grid, of which these cells have so many seeds."""
        jobs = [(cell, seed) for cell in cells for seed in range(cell.seeds, seeds)]
        played = self.sweep(
            [self.cell(grid.key, grid.values[c.y], grid.factors[c.x], seed) for c, seed in jobs]
        )
        kept = {(cell.x, cell.y): cell.kept for cell in cells}
        for (cell, _), values in zip(jobs, played, strict=True):
            kept[cell.x, cell.y] += keeps_slo(values, self.scenario.slo)
        newer = {at: GridCell(x=at[0], y=at[1], kept=count, seeds=seeds) for at, count in kept.items()}
        return grid.model_copy(update={"cells": tuple(newer.get((c.x, c.y), c) for c in grid.cells)})


def setting_grid(
    policy: Policy,
    scenario: Scenario,
    upstream: Profile,
    factors: Sequence[float],
    calibration: Calibration | None = None,
) -> SettingGrid:
    """The states at these multiples of the rate.

    Every cell is simulated with one seed, and with five where a cell beside it has another state. Raises ConfigError
    for what is not modelled.
    """
    server = (calibration.upstream if calibration else None) or upstream
    with sweeping("threading") as sweep:
        asked = _Grid(policy, scenario, server, overhead_of(calibration), sweep)
        key, matters = asked.most_important()
        begun = _empty(key, policy, scenario, factors).model_copy(update={"matters": matters})
        once = asked.filled(begun, begun.cells, 1)
        return asked.filled(once, [cell for cell in once.cells if once.differs(cell)], LEAST_SEEDS)


def values_around(policy: Policy, key: str) -> tuple[Number, ...]:
    """The values of a setting that are tried, ascending, the policy's own among them; () where the policy lacks it."""
    own = value_of(policy, key)
    if not own:
        return ()
    whole = isinstance(own, int)
    if key == "retry.total":
        return tuple(sorted({*RETRIES, own}))
    shares = {own if share == 1.0 else float(f"{own * share:.3g}") for share in SHARES}
    values = {max(1, round(value)) for value in shares} if whole else shares
    return tuple(value for value in sorted(values) if _is_possible(policy, key, value))


def nearness(values: Values, slo: Slo) -> float:
    """The largest measured value as a multiple of its threshold's limit: from 1 on the SLO is broken; at most 2."""
    return max(
        (_of_limit(values[t.measurement], t) for t in slo.parsed if t.measurement in values), default=0.0
    )


def _of_limit(value: float, threshold: Threshold) -> float:
    over, under = (value, threshold.limit) if threshold.upper else (threshold.limit, value)
    return min(MOST_OF_LIMIT, over / under if under else inf)


def _empty(key: str, policy: Policy, scenario: Scenario, factors: Sequence[float]) -> SettingGrid:
    values, own = values_around(policy, key), value_of(policy, key)
    rates = tuple(at_factor(scenario, factor).most_per_s for factor in factors)
    places = [(x, y) for y in range(len(values)) for x in range(len(factors))]
    return SettingGrid(
        key=key, values=values, factors=tuple(factors), rates_per_s=rates,
        cells=tuple(GridCell(x=x, y=y) for x, y in places),
        advised=(next(x for x, factor in enumerate(factors) if isclose(factor, 1.0)), values.index(own or 0)),
    )  # fmt: skip


def _is_possible(policy: Policy, key: str, value: Number) -> bool:
    try:
        with_settings(policy, {key: value})
    except ConfigError:
        return False
    return True


def at_factor(scenario: Scenario, factor: float) -> Scenario:
    """The scenario with each phase's rates multiplied; phases of recorded times stay as they are."""
    phases = []
    for phase in scenario.arrivals:
        rates = {key: value for key, value in phase.model_dump().items() if key.endswith("_per_s")}
        phases.append(phase.model_copy(update={key: _times(value, factor) for key, value in rates.items()}))
    return scenario.model_copy(update={"arrivals": tuple(phases)})


def _times(rate: float | tuple[float, ...], factor: float) -> float | tuple[float, ...]:
    return tuple(each * factor for each in rate) if isinstance(rate, tuple) else rate * factor


def keeps_slo(values: Values, slo: Slo) -> bool:
    """Whether measured values keep every threshold of all calls of the whole run; thresholds of a part are left out."""
    return all(_holds(values, each) for each in slo.parsed if each.measurement in values)


def _holds(values: Values, threshold: Threshold) -> bool:
    value, limit = values[threshold.measurement], threshold.limit
    match threshold.comparison:
        case "<":
            return value < limit
        case "<=":
            return value <= limit
        case ">":
            return value > limit
    return value >= limit
