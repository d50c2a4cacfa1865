"""Simulated systems with a known boundary, many at once: the calls of all of them advance in step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

Floats = NDArray[np.float64]
KINDS = ("M/M/c", "M/D/c", "lognormal", "brownout")
ALLOWED = 0.01
LOADS: Floats = 1 - np.geomspace(0.95, 0.008, 28)
SETTLING_CALLS = 2000
LIMITS = {
    ("M/M/c", 0.0): (5.0, 10.0),
    ("M/D/c", 0.0): (1.5, 6.0),
    ("lognormal", 0.5): (3.5, 8.0),
    ("lognormal", 1.0): (7.5, 14.0),
    ("brownout", 0.02): (6.5, 12.0),
    ("brownout", 0.05): (8.0, 14.0),
}
"""By kind and its parameter: the limits of latency, in mean service times of an idle system."""


@dataclass(frozen=True)
class System:
    """c workers with a mean service time on an idle system, and the latency that 1% of calls may exceed.

    `sigma` is for lognormal service, `brownout` how much each busy worker slows the next call down.
    """

    kind: str
    workers: int
    service_s: float
    limit_s: float
    sigma: float = 0.0
    brownout: float = 0.0

    @property
    def shape(self) -> tuple[str, int, float, float]:
        """What the boundary depends on but for the scale of time and the limit."""
        return (self.kind, self.workers, self.sigma, self.brownout)

    @property
    def capacity_per_s(self) -> float:
        """Calls per second that it serves when all workers are busy."""
        slower = 1 + self.brownout * (self.workers - 1)
        return self.workers / (self.service_s * slower)


def systems(count: int, rng: np.random.Generator) -> list[System]:
    """Different systems of 100 to 800 calls a second, as many of each kind, whose limit some rate can hold.

    The mean service time of one that slows down is that of an idle worker.
    """
    found = []
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        workers = int(rng.choice([2, 4, 8, 16]))
        capacity = np.exp(rng.uniform(np.log(100), np.log(800)))
        sigma = float(rng.choice([0.5, 1.0])) if kind == "lognormal" else 0.0
        brownout = float(rng.choice([0.02, 0.05])) if kind == "brownout" else 0.0
        least, most = LIMITS[kind, sigma or brownout]
        limit = rng.uniform(least, most)
        service_s = workers / capacity / (1 + brownout * (workers - 1))
        found.append(System(kind, workers, service_s, limit * service_s, sigma, brownout))
    return found


def latencies(
    lanes: Sequence[System], rates_per_s: Floats, duration_s: Floats, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Arrivals and times in the system, seconds, both of shape (calls, lanes); NaN after a lane's end.

    Workers take calls in order of arrival; each lane begins empty.
    """
    count = len(lanes)
    most = int(np.max(rates_per_s * duration_s + 6 * np.sqrt(rates_per_s * duration_s) + 10))
    arrived = np.cumsum(rng.exponential(1.0, (most, count)) / rates_per_s, axis=0)
    work = _work(lanes, most, rng)
    slowdown = np.array([lane.brownout for lane in lanes])
    servers = max(lane.workers for lane in lanes)
    free = np.zeros((count, servers))
    for i, lane in enumerate(lanes):
        free[i, lane.workers :] = np.inf
    first, flat = np.arange(count) * servers, free.ravel()
    anyslow = slowdown.any()
    for i in range(most):
        server = free.argmin(axis=1) + first
        start = np.maximum(arrived[i], flat[server])
        if anyslow:
            busy = ((free > start[:, None]) & np.isfinite(free)).sum(axis=1)
            end = start + work[i] * (1 + slowdown * busy)
        else:
            end = start + work[i]
        flat[server] = end
        work[i] = end - arrived[i]
    work[arrived >= duration_s] = np.nan
    return arrived, work


def _work(lanes: Sequence[System], most: int, rng: np.random.Generator) -> Floats:
    work = np.empty((most, len(lanes)))
    for i, lane in enumerate(lanes):
        if lane.kind in ("M/M/c", "brownout"):
            work[:, i] = rng.exponential(lane.service_s, most)
        elif lane.kind == "lognormal":
            work[:, i] = lane.service_s * rng.lognormal(-(lane.sigma**2) / 2, lane.sigma, most)
        else:
            work[:, i] = lane.service_s
    return work


def boundaries(
    found: Sequence[System], rng: np.random.Generator, calls: int = 150_000, repetitions: int = 6
) -> Floats:
    """The true boundary of each system, calls a second: where 1% of the calls of a long run exceed its limit.

    Each shape has `repetitions` runs of so many calls at each of a ladder of loads, with time measured in service
    times. The logarithm of the share beyond the limit is made monotone in the load, and interpolated. With 150,000
    calls the boundary is known to about 1%, with six times as many to less than half of that.
    """
    shapes = sorted({system.shape for system in found})
    units = [System(kind, c, 1.0, 1.0, sigma, slow) for kind, c, sigma, slow in shapes for _ in LOADS]
    rates = np.array([unit.capacity_per_s for unit in units]) * np.tile(LOADS, len(shapes))
    beyond = np.zeros((len(found), len(LOADS)))
    for _ in range(repetitions):
        _, seconds = latencies(units, rates, calls / rates, rng)
        runs = [np.sort(run[np.isfinite(run)][SETTLING_CALLS:]) for run in seconds.T]
        for row, system in enumerate(found):
            first = shapes.index(system.shape) * len(LOADS)
            limit = system.limit_s / system.service_s
            beyond[row] += [_beyond(run, limit) for run in runs[first : first + len(LOADS)]]
    shares = [isotonic_regression(np.log(row / repetitions)).x for row in beyond]
    load = [float(np.interp(np.log(ALLOWED), share, LOADS, left=0.0)) for share in shares]
    return np.array([share * system.capacity_per_s for share, system in zip(load, found, strict=True)])


def _beyond(ordered: Floats, limit: float) -> float:
    return max(1e-6, 1 - float(np.searchsorted(ordered, limit, side="right")) / len(ordered))
