"""Simulated systems of ten families with a known truth, many at once: the calls of all of them advance in step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

Floats = NDArray[np.float64]
SOFT = ("M/M/1", "M/M/c", "M/D/c", "lognormal")
FAMILIES = (
    *SOFT,
    "Pareto",
    "pauses",
    "slow states",
    "error bursts",
    "hysteresis",
    "broken at 172 to 228/s",
    "stalls in deep queues",
    "stalls at random",
)
ALLOWED = 0.01
ALPHA = 2.1
BROKEN = (172.0, 228.0)
LOADS: Floats = 1 - np.geomspace(0.95, 0.008, 28)
STALLED = FAMILIES[-2:]
STALL_S, STALL_EVERY_S = 0.3, 10.0
SETTLING_CALLS = 2000
CELLS = 2e7


@dataclass(frozen=True)
class System:
    """c workers with a mean service time, and the latency that 1% of the calls may exceed.

    `sigma` is for lognormal service. For `lasts_s` in every `every_s` the workers pause, are `slower` times as slow, or
    all calls fail; bursts of errors come at random, at `error_load` of the capacity in as many seconds as are
    allowed, and with the power `steep` of the rate. With hysteresis the workers are `slower` times as slow from the
    moment at which a call has waited for `enters_s` until one does not have to wait. `broken` calls fail between the
    rates `BROKEN`. The last two families are M/M/c on a machine that stalls: `stalls` says when.
    """

    family: str
    workers: int
    service_s: float
    limit_s: float
    sigma: float = 0.0
    lasts_s: float = 0.0
    every_s: float = 0.0
    slower: float = 1.0
    enters_s: float = np.inf
    error_load: float = 1.0
    steep: float = 0.0
    broken: float = 0.0
    stalls: str = ""

    @property
    def shape(self) -> tuple[str, int, float]:
        """What the boundary of a soft knee depends on but for the scale of time and the limit."""
        return (self.family, self.workers, self.sigma)

    @property
    def capacity_per_s(self) -> float:
        """Calls per second that it serves when all workers are busy and nothing disturbs them."""
        return self.workers / self.service_s


def systems(family: str, count: int, rng: np.random.Generator) -> list[System]:
    """Different systems of a family, of 100 to 800 calls a second, whose limit some rate can hold."""
    return [_system(family, rng) for _ in range(count)]


def _system(family: str, rng: np.random.Generator) -> System:
    capacity = float(np.exp(rng.uniform(np.log(100), np.log(800))))
    workers = 1 if family == "M/M/1" else int(rng.choice([2, 4, 8, 16]))
    sigma = float(rng.choice([0.5, 1.0])) if family == "lognormal" else 0.0
    limits = {
        "M/M/1": (10.0, 40.0),
        "M/M/c": (5.0, 10.0),
        "M/D/c": (1.5, 6.0),
        "lognormal": (3.5, 8.0) if sigma == 0.5 else (7.5, 14.0),
        "Pareto": (8.0, 16.0),
        "slow states": (8.0, 16.0),
        "error bursts": (3.0, 6.0),
        "hysteresis": (6.5, 12.0),
        **dict.fromkeys(STALLED, (5.0, 10.0)),
    }
    if family == "pauses":
        capacity, workers = max(capacity, 200.0), 4
        return System(
            family, workers, workers / capacity, rng.uniform(0.07, 0.11), lasts_s=0.12, every_s=15.0
        )
    if family == BROKEN_FAMILY:
        capacity = float(rng.uniform(300, 600))
        made = System(family, workers, workers / capacity, rng.uniform(2.0, 6.0) * workers / capacity)
        return replace(made, broken=float(np.exp(rng.uniform(np.log(0.05), np.log(0.5)))))
    limit = rng.uniform(*limits[family]) * workers / capacity
    stalls = dict(zip(STALLED, ("deep", "random"), strict=True)).get(family, "")
    made = System(family, workers, workers / capacity, limit, sigma, stalls=stalls)
    if family == "slow states":
        lasts_s = float(rng.choice([1.0, 3.0]))
        return replace(made, lasts_s=lasts_s, every_s=10 * lasts_s, slower=rng.uniform(1.3, 2.5))
    if family == "error bursts":
        bursts = {"lasts_s": rng.uniform(0.05, 0.2), "error_load": rng.uniform(0.4, 0.7)}
        return replace(made, **bursts, steep=rng.uniform(3.0, 8.0))
    if family == "hysteresis":
        return replace(made, slower=rng.uniform(1.2, 2.0), enters_s=made.limit_s * rng.uniform(0.5, 2.0))
    return made


BROKEN_FAMILY = FAMILIES[-3]


def latencies(
    lanes: Sequence[System], rates_per_s: Floats, duration_s: Floats, rng: np.random.Generator
) -> Iterator[tuple[int, Floats, Floats]]:
    """For each lane, in any order: its number, arrivals and times in the system, seconds; infinite for a failed call.

    Workers take calls in order of arrival; each lane begins empty, and at a random moment between two pauses.
    """
    expected = rates_per_s * duration_s
    order = np.argsort(-expected)
    order = order[np.argsort([_disturbed(lanes[i]) for i in order], kind="stable")]
    first = 0
    while first < len(order):
        most = int(expected[order[first]] + 6 * np.sqrt(expected[order[first]]) + 10)
        chosen = order[first : first + max(1, int(CELLS / most))]
        kinds = [_disturbed(lanes[i]) for i in chosen]
        chosen = chosen[: kinds.count(kinds[0])]
        first += len(chosen)
        yield from _together(lanes, chosen, rates_per_s, duration_s, rng)


def _disturbed(lane: System) -> bool:
    return lane.slower > 1 or lane.family == "pauses"


def _together(
    lanes: Sequence[System], chosen: NDArray[np.int64], rates_per_s: Floats, duration_s: Floats,
    rng: np.random.Generator,
) -> Iterator[tuple[int, Floats, Floats]]:  # fmt: skip
    """Lanes in descending order of their calls, so that those which have ended are the last."""
    expected = rates_per_s[chosen] * duration_s[chosen]
    calls = (expected + 6 * np.sqrt(expected) + 10).astype(int)
    chosen, calls = chosen[np.argsort(-calls)], -np.sort(-calls)
    group = [lanes[i] for i in chosen]
    arrived = np.cumsum(rng.exponential(1.0, (calls[0], len(group))) / rates_per_s[chosen], axis=0)
    lag = np.stack([lag_s(lane, arrived[:, k]) for k, lane in enumerate(group)], axis=1)
    sent = arrived + lag
    work = np.stack([_work(lane, int(calls[0]), rng) for lane in group], axis=1)
    active = np.searchsorted(-calls, -np.arange(calls[0]), side="left")
    queue = _Disturbed(group, rng) if _disturbed(group[0]) else _Queue(group)
    for i in range(int(calls[0])):
        queue.serve(sent[i, : active[i]], work[i, : active[i]])
    work += lag
    for lane, system in enumerate(group):
        at_s, seconds = arrived[: calls[lane], lane], work[: calls[lane], lane]
        there = at_s < duration_s[chosen[lane]]
        at_s, seconds = at_s[there], seconds[there]
        failed = _failed(system, rates_per_s[chosen[lane]], at_s, rng)
        yield int(chosen[lane]), at_s, np.where(failed, np.inf, seconds)


def lag_s(lane: System, scheduled_s: Floats) -> Floats:
    """How much later than scheduled calls are sent: up to the end of the stall of a machine that stalls at random."""
    if lane.stalls != "random":
        return np.zeros(len(scheduled_s))
    within_s = np.mod(scheduled_s + lane.limit_s * 1e3, STALL_EVERY_S)
    return np.where(within_s < STALL_S, STALL_S - within_s, 0.0)


class _Queue:
    """First come, first served, by c workers in each lane."""

    def __init__(self, group: Sequence[System]) -> None:
        servers = max(lane.workers for lane in group)
        self._free = np.zeros((len(group), servers))
        for i, lane in enumerate(group):
            self._free[i, lane.workers :] = np.inf
        self._flat, self._first = self._free.ravel(), np.arange(len(group)) * servers

    def serve(self, arrived: Floats, work: Floats) -> None:
        """One call of each active lane; `work` becomes its time in the system."""
        k = len(arrived)
        server = self._free[:k].argmin(axis=1) + self._first[:k]
        start = np.maximum(arrived, self._flat[server])
        end = self._end(start, start - arrived, work)
        self._flat[server] = end
        np.subtract(end, arrived, out=work)

    def _end(self, start: Floats, _wait: Floats, work: Floats) -> Floats:
        return start + work


class _Disturbed(_Queue):
    """With pauses, slow states, or slowness with hysteresis."""

    def __init__(self, group: Sequence[System], rng: np.random.Generator) -> None:
        super().__init__(group)
        self._every = np.array([lane.every_s or np.inf for lane in group])
        self._lasts = np.array([lane.lasts_s for lane in group])
        self._pauses = np.array([lane.family == "pauses" for lane in group])
        self._slower = np.array([lane.slower for lane in group])
        self._enters = np.array([lane.enters_s for lane in group])
        self._phase = rng.uniform(0, 1, len(group)) * np.where(np.isfinite(self._every), self._every, 0.0)
        self._is_slow = np.zeros(len(group), dtype=bool)

    def _end(self, start: Floats, wait: Floats, work: Floats) -> Floats:
        k = len(start)
        every, lasts, pauses = self._every[:k], self._lasts[:k], self._pauses[:k]
        place = np.mod(start + self._phase[:k], every)
        inside = place < lasts
        slow = (self._is_slow[:k] & (wait > 0)) | (wait > self._enters[:k])
        self._is_slow[:k] = slow
        took = work * np.where((inside & ~pauses) | slow, self._slower[:k], 1.0)
        begun = np.where(inside & pauses, start + lasts - place, start)
        left = np.where(inside, every - lasts, every - place)
        return begun + took + np.where(pauses & (took > left), lasts, 0.0)


def _work(lane: System, calls: int, rng: np.random.Generator) -> Floats:
    if lane.family in {"M/M/1", "M/M/c", "slow states", "hysteresis", *STALLED}:
        return rng.exponential(lane.service_s, calls)
    if lane.family == "lognormal":
        return lane.service_s * rng.lognormal(-(lane.sigma**2) / 2, lane.sigma, calls)
    if lane.family == "Pareto":
        return lane.service_s * (ALPHA - 1) / ALPHA * (1 + rng.pareto(ALPHA, calls))
    return np.full(calls, lane.service_s)


def _failed(lane: System, rate_per_s: float, at_s: Floats, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Which calls fail: in bursts that are more frequent at higher rates, or between two rates."""
    if lane.family == "error bursts":
        share = ALLOWED * (rate_per_s / (lane.error_load * lane.capacity_per_s)) ** lane.steep
        until_s = float(at_s[-1]) if len(at_s) else 0.0
        starts = np.sort(
            rng.uniform(-lane.lasts_s, until_s, rng.poisson(share * (until_s + lane.lasts_s) / lane.lasts_s))
        )
        latest = np.append(-np.inf, starts)[np.searchsorted(starts, at_s, side="right")]
        return np.asarray(at_s - latest < lane.lasts_s)
    if lane.family == BROKEN_FAMILY and BROKEN[0] <= rate_per_s <= BROKEN[1]:
        return rng.random(len(at_s)) < lane.broken
    return np.zeros(len(at_s), dtype=bool)


def bad_shares(
    lanes: Sequence[System], rates_per_s: Floats, horizon_s: float, runs: int, rng: np.random.Generator
) -> Floats:
    """The share of bad calls in each of so many runs of the horizon, after a second of warm-up: shape (lanes, runs)."""
    many = [lane for lane in lanes for _ in range(runs)]
    shares = np.zeros(len(many))
    rates = np.repeat(rates_per_s, runs)
    for i, at_s, seconds in latencies(many, rates, np.full(len(many), horizon_s + 1.0), rng):
        counted = seconds[at_s >= 1.0]
        shares[i] = float(np.mean(counted > many[i].limit_s)) if len(counted) else 0.0
    return shares.reshape(len(lanes), runs)


def boundaries(
    found: Sequence[System], rng: np.random.Generator, calls: int = 150_000, repetitions: int = 6
) -> Floats:
    """The true boundary of systems with soft knees, calls a second: where 1% of the calls of a long run are late.

    Each shape has `repetitions` runs of so many calls at each of a ladder of loads, with time measured in service
    times. The logarithm of the share beyond the limit is made monotone in the load, and interpolated. With 150,000
    calls the boundary is known to about 1%, with six times as many to less than half of that.
    """
    shapes = sorted({system.shape for system in found})
    units = [System(family, c, 1.0, 1.0, sigma) for family, c, sigma in shapes for _ in LOADS]
    rates = np.array([unit.capacity_per_s for unit in units]) * np.tile(LOADS, len(shapes))
    beyond = np.zeros((len(found), len(LOADS)))
    for _ in range(repetitions):
        runs = {
            i: np.sort(seconds[SETTLING_CALLS:])
            for i, _, seconds in latencies(units, rates, calls / rates, rng)
        }
        for row, system in enumerate(found):
            first = shapes.index(system.shape) * len(LOADS)
            limit = system.limit_s / system.service_s
            beyond[row] += [_beyond(runs[i], limit) for i in range(first, first + len(LOADS))]
    shares = [isotonic_regression(np.log(row / repetitions)).x for row in beyond]
    load = [float(np.interp(np.log(ALLOWED), share, LOADS, left=0.0)) for share in shares]
    return np.array([share * system.capacity_per_s for share, system in zip(load, found, strict=True)])


def _beyond(ordered: Floats, limit: float) -> float:
    return max(1e-6, 1 - float(np.searchsorted(ordered, limit, side="right")) / len(ordered))
