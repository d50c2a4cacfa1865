"""The queue M/M/8 in other programs. Each returns how many calls were served, and their mean wait in seconds."""

from __future__ import annotations

import random
from collections import deque
from heapq import heappop, heappush
from typing import Any

WORKERS, MEAN_S, RATE_PER_S, SEED = 8, 0.02, 320.0, 7


def with_heapq(duration_s: float) -> tuple[int, float]:
    """Python's own heap, with two kinds of events."""
    draw = random.Random(SEED)  # noqa: S311
    events, free, waiting = [(0.0, True)], WORKERS, deque[float]()
    served, waited_s = 0, 0.0
    while events:
        now, arrives = heappop(events)
        if arrives:
            waiting.append(now)
            due_s = now + draw.expovariate(RATE_PER_S)
            if due_s < duration_s:
                heappush(events, (due_s, True))
        else:
            free += 1
        if waiting and free:
            free -= 1
            waited_s += now - waiting.popleft()
            served += 1
            heappush(events, (now + draw.expovariate(1.0 / MEAN_S), False))
    return served, waited_s / served


def with_simpy(duration_s: float) -> tuple[int, float]:
    """SimPy: a process for the arrivals and one for each call."""
    import simpy

    draw, waits = random.Random(SEED), list[float]()  # noqa: S311
    env = simpy.Environment()
    workers = simpy.Resource(env, WORKERS)

    def call() -> Any:
        since_s = env.now
        with workers.request() as turn:
            yield turn
            waits.append(env.now - since_s)
            yield env.timeout(draw.expovariate(1.0 / MEAN_S))

    def arrivals() -> Any:
        while env.now < duration_s:
            env.process(call())
            yield env.timeout(draw.expovariate(RATE_PER_S))

    env.process(arrivals())
    env.run()
    return len(waits), sum(waits) / len(waits)


def with_ciw(duration_s: float) -> tuple[int, float]:
    """Ciw: a network of one node."""
    import ciw

    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(RATE_PER_S)],
        service_distributions=[ciw.dists.Exponential(1.0 / MEAN_S)],
        number_of_servers=[WORKERS],
    )
    ciw.seed(SEED)
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(duration_s)
    waits = [record.waiting_time for record in simulation.get_all_records()]
    return len(waits), sum(waits) / len(waits)
