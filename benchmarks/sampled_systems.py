"""Simulated systems whose percentiles are known, many runs at once: queues, mixtures, bursts, slow states."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Draw = Callable[[np.random.Generator, int, int], Floats]
"""Latencies in seconds by arrival, shape (runs, calls), from a generator, a number of runs and one of calls."""

WORKERS, SERVICE_S = 8, 0.02
CLOCK_DIGITS = 9
"""Latencies are rounded to a nanosecond, the resolution of the record's clock: calls that do not wait are equal."""
SETTLING = 4000
TRUTH_RUNS, TRUTH_CALLS = 400, 25_000


@dataclass(frozen=True, slots=True)
class System:
    """How the calls of a run are drawn, at how many a second; `event_s` is the mean time between its rare events."""

    name: str
    rate_per_s: float
    draw: Draw
    event_s: float = 0.0


def queue(kind: str, load: float, workers: int = WORKERS, service_s: float = SERVICE_S) -> System:
    """Poisson arrivals at workers that take the calls in order of arrival; `load` is the share of their time in use."""
    rate = load * workers / service_s

    def draw(rng: np.random.Generator, runs: int, calls: int) -> Floats:
        settling = int(SETTLING * min(1.0, 0.1 / (1 - load) ** 2)) + 500
        arrived = np.cumsum(rng.exponential(1 / rate, (settling + calls, runs)), axis=0)
        work = SERVICES[kind](rng, arrived.shape, service_s)
        seconds = np.round(_served(arrived, work, workers)[settling:], CLOCK_DIGITS)
        return np.ascontiguousarray(seconds.T)

    letter = {"exponential": "M", "fixed": "D"}.get(kind, kind)
    return System(f"M/{letter}/{workers}, {load:.0%}", rate, draw)


def _served(arrived: Floats, work: Floats, workers: int) -> Floats:
    """Times in the system by the recursion of Kiefer and Wolfowitz, shape (calls, runs)."""
    runs = arrived.shape[1]
    free, first = np.zeros(runs * workers), np.arange(runs) * workers
    for i in range(len(arrived)):
        worker = free.reshape(runs, workers).argmin(axis=1) + first
        ended = np.maximum(arrived[i], free[worker]) + work[i]
        free[worker] = ended
        work[i] = ended - arrived[i]
    return work


def _rarely_slow(rng: np.random.Generator, shape: tuple[int, ...], mean_s: float) -> Floats:
    usual = mean_s / (1 + 0.006 * 24)
    return np.where(rng.random(shape) < 0.006, 25 * usual, usual)


SERVICES: dict[str, Callable[[np.random.Generator, tuple[int, ...], float], Floats]] = {
    "exponential": lambda rng, shape, mean_s: rng.exponential(mean_s, shape),
    "fixed": lambda _, shape, mean_s: np.full(shape, mean_s),
    "lognormal": lambda rng, shape, mean_s: mean_s * rng.lognormal(-0.5, 1.0, shape),
    "two modes": lambda rng, shape, mean_s: np.where(rng.random(shape) < 0.2, 3 * mean_s, 0.5 * mean_s),
    "0.6% slow": _rarely_slow,
    "Pareto": lambda rng, shape, mean_s: mean_s * (1.1 / 2.1) * (1 - rng.random(shape)) ** (-1 / 2.1),
}


def independent(name: str, one: Callable[[np.random.Generator, tuple[int, int]], Floats]) -> System:
    """Calls that do not depend on each other."""
    return System(name, 200.0, lambda rng, runs, calls: one(rng, (runs, calls)))


def correlated(phi: float) -> System:
    """A lognormal first-order autoregression."""

    def draw(rng: np.random.Generator, runs: int, calls: int) -> Floats:
        noise = rng.standard_normal((calls, runs))
        for i in range(1, calls):
            noise[i] = phi * noise[i - 1] + np.sqrt(1 - phi**2) * noise[i]
        return np.ascontiguousarray(0.02 * np.exp(noise / 2).T)

    return System(f"AR(1), {phi:g}", 200.0, draw)


def bursts(size: int, every: int) -> System:
    """Bursts of slow calls, of one size, at random places, on average one in `every` calls."""

    def draw(rng: np.random.Generator, runs: int, calls: int) -> Floats:
        slow = np.zeros((runs, calls + size), dtype=bool)
        for row in slow:
            for at in rng.integers(0, calls + size, rng.poisson((calls + size) / every)):
                row[at : at + size] = True
        return np.where(slow[:, size:], 0.2, 0.02) * rng.lognormal(0, 0.3, (runs, calls))

    return System(f"bursts of {size} in {every:,}", 200.0, draw, event_s=every / 200.0)


def slow_states(length_s: float, every_s: float, rate_per_s: float = 200.0) -> System:
    """Times eight as slow, of exponential length, on average one in `every_s`."""

    def draw(rng: np.random.Generator, runs: int, calls: int) -> Floats:
        took_s = calls / rate_per_s
        slow = np.zeros((runs, calls), dtype=bool)
        for run in range(runs):
            at_s, seconds = np.sort(rng.uniform(0, took_s, calls)), -5 * every_s
            while seconds < took_s:
                seconds += rng.exponential(every_s - length_s)
                until_s = seconds + rng.exponential(length_s)
                slow[run] |= (at_s >= seconds) & (at_s < until_s)
                seconds = until_s
        return np.where(slow, 8, 1) * rng.exponential(SERVICE_S, (runs, calls))

    return System(f"slow for {length_s:g} s in {every_s:g} s", rate_per_s, draw, event_s=every_s)


def failing(share: float, size: int = 1) -> System:
    """Calls that fail, one or a burst of them at a time: 1 for a failure, else 0."""

    def draw(rng: np.random.Generator, runs: int, calls: int) -> Floats:
        begins = rng.random((runs, calls + size)) < share / size
        failed = np.zeros((runs, calls + size), dtype=bool)
        for shift in range(size):
            failed[:, shift:] |= begins[:, : calls + size - shift]
        return failed[:, size:].astype(np.float64)

    return System(f"{share:.0%} fail, {size} at a time", 200.0, draw)


def truth_of(system: System, seed: int = 99) -> tuple[Floats, float]:
    """Every 10,000th part of the latencies of 10 million calls, shape (9999,), and their mean."""
    rng = np.random.default_rng(seed)
    calls = np.sort(system.draw(rng, TRUTH_RUNS, TRUTH_CALLS), axis=None)
    at = np.ceil(np.arange(1, 10_000) / 10_000 * len(calls)).astype(np.int64) - 1
    return calls[at], float(calls.mean())


def _modes(share: float) -> Callable[[np.random.Generator, tuple[int, int]], Floats]:
    return lambda rng, shape: np.where(rng.random(shape) < share, 0.2, 0.02) * rng.lognormal(0, 0.2, shape)


QUEUES = [queue(kind, load) for kind in ("fixed", "exponential") for load in (0.5, 0.65, 0.8, 0.9)]
ONE_WORKER = [queue("exponential", load, 1, 0.0025) for load in (0.5, 0.65, 0.8, 0.9)]
OTHER_QUEUES = [
    queue(kind, load) for kind in ("lognormal", "two modes", "0.6% slow", "Pareto") for load in (0.65, 0.8)
]
INDEPENDENT = [
    independent("lognormal", lambda rng, shape: 0.02 * rng.lognormal(0, 1, shape)),
    independent("Pareto, 2.1", lambda rng, shape: 0.01 * (1 - rng.random(shape)) ** (-1 / 2.1)),
    independent("1.5% at ten times", _modes(0.015)),
    independent("0.7% at ten times", _modes(0.007)),
    independent(
        "2% at a timeout of 0.5 s",
        lambda rng, shape: np.where(rng.random(shape) < 0.02, 0.5, rng.exponential(0.02, shape)),
    ),
]
CORRELATED = [correlated(phi) for phi in (0.5, 0.9, 0.98)]
RARE = [bursts(10, 1000), bursts(50, 5000), slow_states(1, 10), slow_states(3, 30)]
ERRORS = [failing(0.02), failing(0.02, 10)]
