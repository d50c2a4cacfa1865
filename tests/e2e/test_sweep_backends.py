"""A sweep of simulations over processes and a real Dask cluster: the same bytes, and no cell lost with a worker."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from types import ModuleType
from unittest.mock import patch

import pytest
from distributed import Client, LocalCluster

from harness.inputs.overrides import read_overrides
from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario
from harness.model.errors import ConfigError
from harness.twin.sweep import SweepCell, measured, sweeping
from tests.e2e.servers import free_port, until

pytestmark = pytest.mark.timeout(240)
CELLS = 24


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    """A scheduler with two workers, each a process with a nanny that replaces it when it is lost."""
    main = ModuleType("__main__")  # Streamlit's AppTest leaves a page there, which each worker would run.
    with (
        patch.dict(sys.modules, {"__main__": main}),
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50) as started,
    ):
        yield started


def _cells() -> list[SweepCell]:
    settings = ["scenario.arrivals=[{rate_per_s=200, duration_s=8}]"]
    written, policy = read_scenario("dependency-slowdown", read_overrides(settings)), read_policy("careful")
    seeded = [written.scenario.model_copy(update={"seed": seed}) for seed in range(CELLS)]
    return [SweepCell(policy, scenario, written.upstream) for scenario in seeded]


def _bytes(found: object) -> bytes:
    return json.dumps(found).encode()


@pytest.fixture(scope="module")
def in_one_process() -> bytes:
    """The measurements of all cells, played one after the other in this process."""
    return _bytes([measured(cell) for cell in _cells()])


@pytest.mark.alone
def test_the_processes_of_one_machine_give_the_same_bytes(in_one_process: bytes) -> None:
    with sweeping("loky") as sweep:
        assert _bytes(list(sweep(_cells()))) == in_one_process


@pytest.mark.alone
def test_a_dask_cluster_gives_the_same_bytes(cluster: LocalCluster, in_one_process: bytes) -> None:
    with sweeping("dask", cluster.scheduler_address) as sweep:
        assert _bytes(list(sweep(_cells()))) == in_one_process


@pytest.mark.alone
def test_no_cell_is_lost_with_a_worker(cluster: LocalCluster, in_one_process: bytes) -> None:
    with Client(cluster.scheduler_address) as client, sweeping("dask", cluster.scheduler_address) as sweep:
        found = sweep(_cells())
        first = [next(found) for _ in range(4)]
        processes = client.run(os.getpid)
        busy = until(lambda: [name for name, keys in client.processing().items() if keys], "a busy worker")
        os.kill(processes[busy[0]], signal.SIGKILL)
        rest = list(found)
        until(lambda: len(client.run(os.getpid)) == 2, "a worker in place of the lost one")
        assert processes[busy[0]] not in client.run(os.getpid).values()
    assert _bytes(first + rest) == in_one_process


def test_an_address_without_a_scheduler_is_one_line() -> None:
    address = f"tcp://127.0.0.1:{free_port()}"
    problem = "does not answer as a Dask scheduler"
    with pytest.raises(ConfigError, match=problem) as refused, sweeping("dask", address):
        pass
    assert address in str(refused.value)
