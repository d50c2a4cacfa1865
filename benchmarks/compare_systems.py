"""Simulated pairs of runs whose true difference is known, with effects that make a whole run slower."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.analyse.compare.paired_differences import Block, blocks_of
from harness.analyse.evidence import Evidence
from harness.analyse.stats.quantiles import quantile_of
from harness.model.slo import Slo

Floats = NDArray[np.float64]
RUN_S, WARMUP_S = 12.0, 2.0
WORKERS, SERVICE_S, OWN_NOISE_S = 8, 0.02, 0.0005
AT_ONCE = 500
Latencies = Callable[[Floats, float, np.random.Generator], tuple[Floats, Floats]]


@dataclass(frozen=True)
class Pair:
    """Two policies: what their calls take without a machine effect, and how many times as long those of b do."""

    name: str
    rate_per_s: float
    latencies: Latencies
    slower: float = 1.0


def queue(arrived: Floats, slower: float, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """M/M/8 under arrivals of shape (calls, runs): each call needs the same work under both policies, b's longer."""
    work = rng.exponential(SERVICE_S, arrived.shape)
    return served(arrived, work), served(arrived, slower * work)


def times_slower(arrived: Floats, slower: float, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """M/M/8; every call of b takes longer from its start to its end, and the queue is the same."""
    seconds = served(arrived, rng.exponential(SERVICE_S, arrived.shape))
    return seconds, slower * seconds


def apart(arrived: Floats, slower: float, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Lognormal service without a queue, drawn for each policy anew."""
    a, b = (SERVICE_S * rng.lognormal(0.0, 0.5, arrived.shape) for _ in range(2))
    return a, slower * b


def served(arrived: Floats, work: Floats) -> Floats:
    """Seconds in a system of eight workers that take calls in order of arrival; shape (calls, runs)."""
    spent, lanes = np.empty_like(work), np.arange(arrived.shape[1])
    free = np.zeros((arrived.shape[1], WORKERS))
    for i, (at_s, busy_s) in enumerate(zip(arrived, work, strict=True)):
        worker = free.argmin(axis=1)
        free[lanes, worker] = np.maximum(at_s, free[lanes, worker]) + busy_s
        spent[i] = free[lanes, worker] - at_s
    return spent


def made(pair: Pair, count: int, rng: np.random.Generator) -> Iterator[tuple[Floats, Floats, Floats]]:
    """Arrivals and latencies under a and b of `count` pairs of runs, each of shape (calls,)."""
    for begun in range(0, count, AT_ONCE):
        shape = (int(1.2 * pair.rate_per_s * RUN_S) + 50, min(AT_ONCE, count - begun))
        arrived = np.cumsum(rng.exponential(1 / pair.rate_per_s, shape), axis=0)
        a, b = pair.latencies(arrived, pair.slower, rng)
        for at_s, of_a, of_b in zip(arrived.T, a.T, b.T, strict=True):
            within = at_s < RUN_S
            own = rng.exponential(OWN_NOISE_S, (2, int(within.sum())))
            yield at_s[within], of_a[within] + own[0], of_b[within] + own[1]


def true_p99_difference(pair: Pair, count: int, rng: np.random.Generator) -> float:
    """The mean difference of the p99 of b and a over `count` pairs of runs, seconds."""
    found = []
    for at_s, a, b in made(pair, count, rng):
        counted = at_s >= WARMUP_S
        found.append(quantile_of(np.sort(b[counted]), 0.99) - quantile_of(np.sort(a[counted]), 0.99))
    return float(np.mean(found))


def blocks(pair: Pair, effect: float, count: int, rng: np.random.Generator) -> Iterator[Block]:
    """`count` pairs of runs, each run with a machine effect of its own: e to the power of effect × a normal."""
    for at_s, a, b in made(pair, count, rng):
        of_a, of_b = np.exp(effect * rng.normal(size=2))
        yield from blocks_of([_evidence("a", at_s, of_a * a), _evidence("b", at_s, of_b * b)], rng)


def _evidence(policy: str, at_s: Floats, latency_s: Floats) -> Evidence:
    n = len(at_s)
    zeros: dict[str, object] = {"thread_wait_s": np.zeros(n), "pool_wait_s": np.zeros(n)}
    calls = pd.DataFrame(
        {
            "arrival": np.arange(n),
            "step": np.zeros(n, dtype=int),
            "scheduled_s": at_s,
            "started_s": at_s,
            "ended_s": at_s + latency_s,
            "latency_s": latency_s,
            "outcome": "ok",
            "attempts": np.ones(n, dtype=int),
            **zeros,
        }
    )
    attempts = calls[["arrival", "step", "started_s"]].assign(new_connection=False, hedge=False)
    none = pd.DataFrame()
    slo = Slo(warmup_s=WARMUP_S, thresholds=())
    return Evidence(policy, "simulated", 1, slo, RUN_S, calls, attempts, none, none, none)
