"""Requests that a queue with a known number of workers served, as an observer outside sees them."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import NamedTuple

import numpy as np

from harness.analyse.stats.effective_size import Floats
from harness.analyse.stats.queueing import waits_s

MEAN_S, WORKERS = 0.05, 8


class Served(NamedTuple):
    """Arrivals in ascending order, ends and true service times, in seconds; shape (n,) each."""

    arrived_s: Floats
    ended_s: Floats
    service_s: Floats


def served(law: str, load: float, n: int = 5400, seed: int = 0, workers: int = WORKERS) -> Served:
    """n requests of a Poisson process at a load from 0 to 1."""
    rng = np.random.default_rng(seed)
    laws = {
        "fixed": lambda: np.full(n, MEAN_S),
        "exponential": lambda: rng.exponential(MEAN_S, n),
        "lognormal": lambda: np.exp(rng.normal(np.log(MEAN_S), 0.5, n)),
    }
    service_s = laws[law]()
    arrived_s = np.cumsum(rng.exponential(float(service_s.mean()) / workers / load, n))
    return Served(arrived_s, arrived_s + waits_s(arrived_s, service_s, workers) + service_s, service_s)


def served_last_first(law: str, load: float, n: int = 5400, seed: int = 0) -> Served:
    """The same requests, of which a free worker takes the one that has waited least."""
    return _simulated(served(law, load, n, seed), last_first=True)


def served_slower_when_busy(law: str, load: float, n: int = 5400, seed: int = 0) -> Served:
    """The same requests, each 3% slower for each worker that is busy when it starts."""
    return _simulated(served(law, load, n, seed), slower=0.03)


def _simulated(of: Served, *, last_first: bool = False, slower: float = 0.0) -> Served:
    ended_s, busy, waiting = np.empty(len(of.arrived_s)), list[float](), list[int]()

    def start(request: int, at_s: float) -> None:
        ended_s[request] = at_s + float(of.service_s[request]) * (1.0 + slower * len(busy))
        heappush(busy, float(ended_s[request]))

    for request, arrived_s in enumerate([*of.arrived_s.tolist(), np.inf]):
        while busy and busy[0] <= arrived_s:
            at_s = heappop(busy)
            if waiting:
                start(waiting.pop(-1 if last_first else 0), at_s)
        if request < len(ended_s):
            if len(busy) < WORKERS:
                start(request, arrived_s)
            else:
                waiting.append(request)
    return Served(of.arrived_s, ended_s, of.service_s)


def seen_by_a_client(of: Served, seed: int = 1) -> Served:
    """The same with the time that a client and a network add, 0.8 ms on average."""
    rng = np.random.default_rng(seed)
    arrived_s = of.arrived_s - rng.exponential(0.0003, len(of.arrived_s))
    ended_s = of.ended_s + rng.exponential(0.0005, len(of.ended_s))
    order = np.argsort(arrived_s)
    return Served(arrived_s[order], ended_s[order], of.service_s[order])


def seen_in_milliseconds(of: Served) -> Served:
    """The same as a server stamps it that knows whole milliseconds."""
    arrived_s, ended_s = np.floor(of.arrived_s * 1e3) / 1e3, np.floor(of.ended_s * 1e3) / 1e3
    return Served(arrived_s, ended_s, of.service_s)
