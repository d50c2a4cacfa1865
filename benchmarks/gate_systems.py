"""Simulated runs of shipped scenarios under the policy `careful`, many at once, to be gated against each other.

The arrivals are those that the harness makes for a seed. An attempt's service time and fate follow from the seed, the
journey, the step and the attempt alone, as in the mock upstream: two runs of one seed have the same ones, unless
`redrawn`. What differs between two runs is how long each request takes to the upstream and back, half a millisecond on
average, which also changes their order in the queue. The service's threads and the upstream's queue are not limited.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from harness.analyse.schedule import arrival_times
from harness.inputs.overrides import read_overrides
from harness.inputs.scenarios import read_scenario
from harness.model.scenario import Scenario

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
WORKERS, SERVICE_S, SIGMA = 8, 0.02, 0.5
STEPS, ATTEMPTS = 3, 2
READ_S, ON_THE_WAY_S = 0.5, 0.0005
SLOTS = 512
SMALLEST_U = 2.0**-54


@dataclass(frozen=True)
class System:
    """A scenario: how many calls a journey makes, seconds of work from uniforms, and what its upstream adds."""

    scenario: Scenario
    calls: int
    work_s: Callable[[Floats], Floats]
    failing: float = 0.0
    slow_from_s: float = 0.0
    slow_until_s: float = 0.0
    slow_share: float = 0.0
    slow_by_s: float = 0.0


def fixed(u: Floats) -> Floats:
    """Service times of upstreams/fixed-8x20ms.toml."""
    return np.full(u.shape, SERVICE_S)


def lognormal(u: Floats) -> Floats:
    """Service times of upstreams/orders-api.toml."""
    seconds: Floats = SERVICE_S * np.exp(SIGMA * ndtri(np.maximum(u, SMALLEST_U)))
    return seconds


def _of(name: str) -> Scenario:
    return read_scenario(name, read_overrides([])).scenario


SYSTEMS = {
    "dependency-slowdown": System(_of("dependency-slowdown"), 3, lognormal, 0.02, 12.0, 22.0, 0.2, 2.5),
    "seasonal-peak": System(_of("seasonal-peak"), 2, lognormal, 0.02),
    "baseline": System(_of("baseline"), 1, fixed),
}


@dataclass(frozen=True)
class Fates:
    """What the seeds of some runs determine. `arrived_s` has the shape (runs, journeys), infinite where there is none.

    Uniforms have the shape (runs, journeys, steps, attempts), `steps` is the number of calls of each journey.
    """

    arrived_s: Floats
    work_u: Floats
    fails: Bools
    slow: Bools
    steps: Ints


def fates(system: System, seeds: range) -> Fates:
    """Those of one run for each seed."""
    every = [arrival_times(system.scenario.arrivals, seed) for seed in seeds]
    arrived = np.full((len(seeds), max(map(len, every)) + 1), np.inf)
    for row, times in zip(arrived, every, strict=True):
        row[: len(times)] = times
    rng = np.random.default_rng([seeds.start, 1])
    shape = (*arrived.shape, STEPS, ATTEMPTS)
    steps = np.full(arrived.shape, system.calls)
    if system.calls == STEPS:
        steps -= rng.random(arrived.shape) >= 0.25  # one journey in four buys
    return Fates(
        arrived_s=arrived,
        work_u=rng.random(shape),
        fails=rng.random(shape) < system.failing,
        slow=rng.random(shape) < system.slow_share,
        steps=steps,
    )


@dataclass(frozen=True)
class Calls:
    """Calls of several runs by (run, journey and step): when they were due, and how long they took until they ended.

    Not a number where there was none; a call that failed took for ever.
    """

    due_s: Floats
    took_s: Floats


def simulate(
    system: System, known: Fates, rng: np.random.Generator, slower: float = 1.0, *, redrawn: bool = False
) -> Calls:
    """One run for each seed, with services and timeouts that are `slower` times as long."""
    uniforms = rng.random(known.work_u.shape) if redrawn else known.work_u
    return _Lanes(system, known, slower * system.work_s(uniforms), slower * READ_S, rng).run()


class _Lanes:
    """All runs in step: each turn takes the next request of every run to its upstream."""

    def __init__(
        self, system: System, known: Fates, work_s: Floats, read_s: float, rng: np.random.Generator
    ) -> None:
        self.system, self.known, self.work_s, self.read_s, self.rng = system, known, work_s, read_s, rng
        runs, journeys = known.arrived_s.shape
        reached = known.arrived_s + rng.exponential(ON_THE_WAY_S, known.arrived_s.shape)
        self.order = np.argsort(reached, axis=1)
        self.reached_s = np.take_along_axis(reached, self.order, axis=1)
        self.begun = np.zeros(runs, dtype=np.int64)
        self.lanes = np.arange(runs)
        self.free_s = np.zeros((runs, WORKERS))
        self.waiting_s = np.full((runs, SLOTS), np.inf)
        self.request = np.zeros((runs, SLOTS), dtype=np.int64)
        self.due_s, self.sent_s = np.zeros((2, runs, SLOTS))
        self.unused = np.tile(np.arange(SLOTS), (runs, 1))
        self.used = np.zeros(runs, dtype=np.int64)
        self.calls = Calls(*np.full((2, runs, journeys * STEPS), np.nan))

    def run(self) -> Calls:
        """Until no run has a request left."""
        while self._turn():
            pass
        return self.calls

    def _turn(self) -> bool:
        lanes = self.lanes
        slot = self.waiting_s.argmin(axis=1)
        later, first = self.waiting_s[lanes, slot], self.reached_s[lanes, self.begun]
        new, at_s = first < later, np.minimum(first, later)
        if np.isinf(at_s).all():
            return False
        live, journey = np.isfinite(at_s), self.order[lanes, self.begun]
        request = np.where(new, journey * STEPS * ATTEMPTS, self.request[lanes, slot])
        request = np.where(live, request, 0)
        arrived = self.known.arrived_s[lanes, journey]
        due_s = np.where(new, arrived, self.due_s[lanes, slot])
        sent_s = np.where(new, arrived, self.sent_s[lanes, slot])
        self.begun += new & live
        slot = self._slots(slot, new & live)
        back_s, failed = self._served(request, at_s, sent_s, live)
        self._go_on(slot, request, due_s, back_s, failed, live)
        return True

    def _slots(self, slot: Ints, new: Bools) -> Ints:
        """The slot of each lane's request; a new one takes an unused slot."""
        taken = np.where(new, self.unused[self.lanes, self.used], slot)
        self.used += new
        return taken

    def _served(self, request: Ints, at_s: Floats, sent_s: Floats, live: Bools) -> tuple[Floats, Bools]:
        """When the client has its response or has given up, and whether the attempt failed."""
        lanes, known, system = self.lanes, self.known, self.system
        worker = self.free_s.argmin(axis=1)
        begin_s = np.maximum(at_s, self.free_s[lanes, worker])
        end_s = begin_s + self.work_s.reshape(len(lanes), -1)[lanes, request]
        self.free_s[lanes[live], worker[live]] = end_s[live]
        failed = known.fails.reshape(len(lanes), -1)[lanes, request]
        within = (at_s >= system.slow_from_s) & (at_s < system.slow_until_s)
        end_s += system.slow_by_s * (within & known.slow.reshape(len(lanes), -1)[lanes, request])
        back_s = end_s + self.rng.exponential(ON_THE_WAY_S, len(lanes))
        lost = back_s - sent_s > self.read_s
        return np.where(lost, sent_s + self.read_s, back_s), failed | lost

    def _go_on(
        self, slot: Ints, request: Ints, due_s: Floats, back_s: Floats, failed: Bools, live: Bools
    ) -> None:
        """The retry, the journey's next call, or neither."""
        lanes, call = self.lanes, request // ATTEMPTS
        again = failed & (request % ATTEMPTS == 0)
        over = live & ~again
        self.calls.due_s[lanes[over], call[over]] = due_s[over]
        self.calls.took_s[lanes[over], call[over]] = np.where(failed, np.inf, back_s - due_s)[over]
        goes_on = ~failed | (self.system.calls < STEPS)  # browse_and_buy returns when a call has failed
        more = over & goes_on & (call % STEPS + 1 < self.known.steps[lanes, call // STEPS])
        on = (again | more) & live
        self.waiting_s[lanes, slot] = np.where(
            on, back_s + self.rng.exponential(ON_THE_WAY_S, len(lanes)), np.inf
        )
        self.request[lanes, slot] = np.where(again, request + 1, (call + 1) * ATTEMPTS)
        self.due_s[lanes, slot] = np.where(again, due_s, back_s)
        self.sent_s[lanes, slot] = back_s
        ended = live & ~on
        self.used -= ended
        self.unused[lanes[ended], self.used[ended]] = slot[ended]
