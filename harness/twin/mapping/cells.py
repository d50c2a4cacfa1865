"""From a cell of a map to what is played in it: the files with the settings of both axes."""

from __future__ import annotations

from functools import lru_cache

from harness.inputs.overrides import read_overrides
from harness.inputs.policies import read_policy
from harness.inputs.scenarios import Written, read_scenario, with_seed
from harness.model.calibration import Calibration, overhead_of
from harness.model.errors import ConfigError
from harness.model.policy import Policy
from harness.model.stability_map import MapSpec
from harness.twin.mapping.axes import read_axis
from harness.twin.sweep import SweepCell


def map_spec(
    scenario: str, policy: str, settings: tuple[str, ...], seed: int | None, axes: tuple[str, str],
    cells: tuple[int, int], seeds: int, calibration: Calibration | None = None,
) -> MapSpec:  # fmt: skip
    """What is to be mapped; every cell is read once, so that none fails later. Raises ConfigError."""
    given = read_overrides(settings)
    written = read_scenario(scenario, given)
    whole = with_seed(written.scenario, seed)

    def accepts(values: tuple[str, ...]) -> None:
        inputs_of(scenario, policy, (*settings, *values))

    x, y = (
        read_axis(option, text, count, whole, accepts)  # type: ignore[arg-type]
        for option, text, count in zip(("--x", "--y"), axes, cells, strict=True)
    )
    found = MapSpec(
        policy_name=policy, scenario_name=scenario, settings=settings, policy=read_policy(policy, given),
        scenario=whole, upstream=written.upstream, x=x, y=y, seeds=seeds,
        calibration=calibration,
    )  # fmt: skip
    for column in range(len(x.values)):
        for row in range(len(y.values)):
            inputs_at(found, column, row)
    return found


def inputs_at(spec: MapSpec, x: int, y: int, seed: int | None = None) -> SweepCell:
    """What is played in one cell, with the map's first seed or another one. Raises ConfigError."""
    settings = (*spec.settings, *spec.x.settings(x), *spec.y.settings(y))
    policy, written = inputs_of(spec.scenario_name, spec.policy_name, settings)
    scenario = with_seed(written.scenario, spec.scenario.seed if seed is None else seed)
    return SweepCell(policy, scenario, written.upstream, overhead_of(spec.calibration))


def check_unchanged(spec: MapSpec) -> None:
    """Raises ConfigError where the files have changed since the map was begun."""
    policy, written = inputs_of(spec.scenario_name, spec.policy_name, spec.settings)
    scenario = with_seed(written.scenario, spec.scenario.seed)
    if (policy, scenario, written.upstream) != (spec.policy, spec.scenario, spec.upstream):
        name = f"{spec.scenario_name} with {spec.policy_name}"
        raise ConfigError("--resume", name, "has changed since the map was begun; make a new map")


@lru_cache(maxsize=8000)
def inputs_of(scenario: str, policy: str, settings: tuple[str, ...]) -> tuple[Policy, Written]:
    """The files with these settings. Raises ConfigError."""
    overrides = read_overrides(settings)
    return read_policy(policy, overrides), read_scenario(scenario, overrides)
