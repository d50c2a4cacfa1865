"""Many simulations at once: joblib spreads them over the cores of this machine, or over a cluster of Dask or Ray."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from socket import create_connection
from typing import Literal, get_args

from harness.model.calibration import OVERHEAD_S
from harness.model.errors import ConfigError
from harness.model.policy import Policy
from harness.model.scenario import Scenario
from harness.twin.simulation import simulate
from harness.twin.values import Values, values_of
from mock_upstream.profile import Profile

BackendName = Literal["loky", "threading", "dask", "ray"]
"""joblib's names: processes of this machine, threads of this process, a cluster of Dask, a cluster of Ray."""
CLUSTERS = ("dask", "ray")
ANSWERS_WITHIN_S = 10
"""How long a cluster's scheduler, and then its first worker, is waited for."""


@dataclass(frozen=True, slots=True)
class SweepCell:
    """One simulation: a policy, and a scenario with its seed.

    It has slots because joblib places what can be weakly referenced in the memory of single Dask workers, and an
    argument in the memory of a worker that is lost would be lost with it.
    """

    policy: Policy
    scenario: Scenario
    upstream: Profile
    overhead_s: float = OVERHEAD_S


Measure = Callable[[SweepCell], Values]
Sweep = Callable[[Sequence[SweepCell]], Iterator[Values]]
"""Plays the cells, and gives the measurements of each in their order, as soon as they are there (Ray's: at the end)."""


def backend_of(text: str) -> BackendName:
    """Reads a backend's name. Raises ConfigError."""
    for name in get_args(BackendName):
        if text == name:
            return name
    raise ConfigError("--backend", text, f"must be one of {', '.join(get_args(BackendName))}")


@contextmanager
def sweeping(
    backend: BackendName = "loky", cluster: str = "", measure: Measure | None = None
) -> Iterator[Sweep]:
    """Gives the function that plays cells, for as many sweeps as are needed; `cluster` is a scheduler's address.

    `measure` plays a cell in place of `measured`.

    The measurements do not depend on the backend. A cell whose worker is lost is played again by another one of the
    cluster. Raises ConfigError for a cluster that cannot be used, and for a cell that the twin does not model.
    """
    from joblib import (
        parallel_config,  # after the twin's modules, which name the extra where it is not installed
    )

    with _connected(backend, cluster), parallel_config(backend=backend, n_jobs=-1):
        yield partial(_sweep, measure or measured, "list" if backend == "ray" else "generator")


def measured(cell: SweepCell) -> Values:
    """The measurements of one cell, played here. Raises ConfigError for what is not modelled."""
    return values_of(simulate(cell.policy, cell.scenario, cell.upstream, cell.overhead_s).evidence_of_calls)


def _sweep(measure: Measure, return_as: str, cells: Sequence[SweepCell]) -> Iterator[Values]:
    from joblib import Parallel, delayed

    if not cells:
        return
    yield measure(cells[0])  # It compiles, or is refused, before others begin.
    yield from Parallel(return_as=return_as)(delayed(measure)(cell) for cell in cells[1:])


@contextmanager
def _connected(backend: BackendName, cluster: str) -> Iterator[None]:
    """Connects to the cluster, and closes the connection at the end."""
    if backend in CLUSTERS and not cluster:
        problem = f"has no cluster; add the address of one with --cluster, or leave out --backend {backend}"
        raise ConfigError("--backend", backend, problem)
    if backend not in CLUSTERS and cluster:
        raise ConfigError("--cluster", cluster, f"cannot be used with {backend}; add --backend dask, or ray")
    try:
        close = {"dask": _connect_dask, "ray": _connect_ray}[backend](cluster) if cluster else None
    except ImportError as error:
        package = {"dask": "distributed", "ray": "ray"}[backend]
        problem = f"needs {package}, which cannot be imported ({error}); install it: pip install {package}"
        raise ConfigError("--backend", backend, problem) from None
    try:
        yield
    finally:
        if close is not None:
            close()


def _connect_dask(address: str) -> Callable[[], None]:
    from distributed import Client

    try:
        client = Client(address, timeout=ANSWERS_WITHIN_S)
    except (OSError, ValueError) as error:
        problem = f"does not answer as a Dask scheduler ({error}); start one, or correct the address"
        raise ConfigError("--cluster", address, problem) from None
    try:
        client.wait_for_workers(1, timeout=ANSWERS_WITHIN_S)
    except TimeoutError:
        client.close()
        problem = "has no worker; start one on each machine: dask worker ADDRESS"
        raise ConfigError("--cluster", address, problem) from None
    return client.close


def _connect_ray(address: str) -> Callable[[], None]:
    import ray
    from ray.util.joblib import register_ray

    host, _, port = address.rpartition("://")[2].rpartition(":")
    try:
        if port.isdecimal():  # Ray itself would wait for many minutes.
            create_connection((host, int(port)), ANSWERS_WITHIN_S).close()
        ray.init(address=address, log_to_driver=False, logging_level="warning")
    except (OSError, OverflowError, ValueError, RuntimeError) as error:
        problem = f"does not answer as a Ray cluster ({error}); start one, or correct the address"
        raise ConfigError("--cluster", address, problem) from None
    register_ray()
    return ray.shutdown
