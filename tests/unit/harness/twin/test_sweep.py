"""Sweeps of simulations on this machine, and backends that cannot be used."""

from __future__ import annotations

import sys

import pytest

from harness.inputs.overrides import read_overrides
from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario
from harness.model.errors import ConfigError
from harness.twin.sweep import SweepCell, measured, sweeping

SHORT = ("scenario.arrivals=[{rate_per_s=50, duration_s=5}]", "scenario.slo.warmup_s=1")


def _cells(policy: str, seeds: range) -> list[SweepCell]:
    written = read_scenario("dependency-slowdown", read_overrides(SHORT))
    seeded = [written.scenario.model_copy(update={"seed": seed}) for seed in seeds]
    return [SweepCell(read_policy(policy), scenario, written.upstream) for scenario in seeded]


def test_a_sweep_gives_the_measurements_of_each_cell_in_the_order_of_the_cells():
    cells = _cells("careful", range(6))
    with sweeping("threading") as sweep:
        found = list(sweep(cells))
    assert found == [measured(cell) for cell in cells]
    assert len({str(values) for values in found}) == len(cells)


def test_one_connection_serves_several_sweeps_also_empty_ones():
    cells = _cells("careful", range(2))
    with sweeping("threading") as sweep:
        assert list(sweep([])) == []
        assert list(sweep(cells)) == list(sweep(cells))


def test_a_cell_that_is_not_modelled_is_refused_wherever_it_stands():
    cells = [*_cells("careful", range(3)), *_cells("httpx", range(1))]
    with sweeping("threading") as sweep, pytest.raises(ConfigError, match="does not model"):
        list(sweep(cells))


@pytest.mark.parametrize(
    ("backend", "cluster", "problem"),
    [
        ("dask", "", "--backend: dask has no cluster; add the address"),
        ("ray", "", "--backend: ray has no cluster; add the address"),
        ("loky", "tcp://127.0.0.1:8786", "cannot be used with loky"),
    ],
)
def test_a_cluster_needs_a_backend_and_an_address(backend, cluster, problem):
    with pytest.raises(ConfigError, match=problem), sweeping(backend, cluster):
        pass


def test_a_backend_that_is_not_installed_is_named_with_its_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ConfigError, match="install it: pip install ray"), sweeping("ray", "auto"):
        pass
