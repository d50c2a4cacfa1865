"""How many workers an upstream has, and how long each request took one, from arrivals and ends of requests alone.

For a number of workers c the queue recursion gives the service times: a request starts when it has arrived and the
first of c workers is free (J. Kiefer, J. Wolfowitz, Trans. AMS 78, 1955, solved for the service time). With the right
c the service time depends neither on the number of requests in the system nor on the gap between arrivals. With too
few workers it contains that gap, with too many it contains waiting; so the c is chosen for which it depends least on
both.

A client sees more than the server: its network and its own work are in each time, and no worker is busy for them. Where
they are not subtracted, requests that waited look shorter than those that did not, and c comes out too large. So the
c is chosen together with the overhead, out of those that the caller holds possible.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from heapq import heapreplace
from itertools import pairwise
from math import inf

import numpy as np
from numpy.typing import NDArray
from scipy.stats import mannwhitneyu, rankdata

from harness.analyse.stats.effective_size import Floats, Ints
from harness.analyse.stats.quantiles import quantile_of

MOST_WORKERS, WINDOWS, FEWEST_IN_WINDOW = 512, 8, 400
EVERY_WORKER_TO, STEP = 24, 1.12
RESOLUTION_RATIO, RESOLUTION_S, NOISE_RATIO = 0.02, 0.001, 0.1
NEAR_BELOW, NEAR_ABOVE, LEAST_SHARE = 4, 1, 0.1
LEAST_LOAD, NOISE_DEVIATIONS, ALIKE_DEVIATIONS, BY_CHANCE = 0.45, 3.0, 0.5, 1e-4


@dataclass(frozen=True, slots=True)
class WorkersEstimate:
    """The estimated number of workers, the interval of the estimates of single stretches, and what follows from it.

    `services_s` are the service times for `count` workers, shape (n,), in order of arrival; some may be 0 or less,
    where the recursion does not fit. Where `count` may not be used, they are the response times. `load` is the share
    of the workers' time that is used. `overhead_s` was subtracted from each request's time. `why_unknown` is a
    sentence where `count` may not be used as a number, and empty otherwise.
    """

    count: int
    low: int
    high: int | None
    services_s: Floats
    load: float
    overhead_s: float
    n: int
    why_unknown: str


def services_s(arrived_s: Floats, ended_s: Floats, workers: int) -> Floats:
    """The service time of each request for a number of workers, first come first served; arrivals ascend."""
    free_s, found = [-inf] * workers, np.empty(len(arrived_s))
    for i, (at_s, end_s) in enumerate(zip(arrived_s.tolist(), ended_s.tolist(), strict=True)):
        first_s = free_s[0]
        found[i] = end_s - (at_s if at_s > first_s else first_s)
        heapreplace(free_s, end_s)
    return found


def in_system(arrived_s: Floats, ended_s: Floats) -> Ints:
    """How many earlier requests have not ended when each one arrives; arrivals ascend."""
    return np.arange(len(arrived_s)) - np.searchsorted(np.sort(ended_s), arrived_s, "right")


def without_overhead(arrived_s: Floats, ended_s: Floats, overhead_s: float) -> Floats:
    """The ends as the server sees them, if the client adds this to each request; a tenth of its time is left."""
    return np.maximum(ended_s - overhead_s, arrived_s + LEAST_SHARE * (ended_s - arrived_s))


def estimated_workers(
    arrived_s: Floats, ended_s: Floats, overheads_s: Sequence[float] = (0.0,)
) -> WorkersEstimate:
    """The number of workers of at least two requests, with arrivals in ascending order.

    `overheads_s` are the times that a client may add to each request; the best one is chosen with the number, and the
    interval spans the numbers for all of them.
    """
    n, response_s = len(arrived_s), ended_s - arrived_s
    by_overhead = _by_overhead(arrived_s, ended_s, overheads_s)
    overhead_s, count = _likeliest(by_overhead, n)
    scores, end_s = by_overhead[overhead_s], without_overhead(arrived_s, ended_s, overhead_s)
    number = in_system(arrived_s, end_s)
    found = services_s(arrived_s, end_s, count)
    load = float(np.clip(found, 0.0, None).sum() / (arrived_s[-1] - arrived_s[0]) / count)
    counts = [*map(_best, by_overhead.values()), *_of_windows(arrived_s, end_s, number)]
    low, why = min(counts), ""
    high: int | None = max(counts)
    if not _waited(response_s, number >= count):
        low, high = _fewest(scores, n), None
        why = f"requests are not seen to wait for each other; there are {low} workers or more"
    if not why and load < LEAST_LOAD:
        why = f"the workers were busy for {load:.0%} of the time; at least {LEAST_LOAD:.0%} is needed"
    return WorkersEstimate(count, low, high, response_s if why else found, load, overhead_s, n, why)


def _likeliest(by_overhead: dict[float, dict[int, float]], n: int) -> tuple[float, int]:
    """The overhead and the number with the least dependence; of numbers that chance does not tell apart, the smallest.

    At half load the dependence hardly differs from eight workers to fourteen. Chance is half a standard deviation,
    because the dependences of neighbouring numbers rise and fall together.
    """
    least = min(min(scores.values()) for scores in by_overhead.values())
    most = least + ALIKE_DEVIATIONS * float(np.sqrt(2 / n))
    count = min(count for scores in by_overhead.values() for count, score in scores.items() if score <= most)
    return min(by_overhead, key=lambda overhead_s: by_overhead[overhead_s].get(count, inf)), count


def _by_overhead(
    arrived_s: Floats, ended_s: Floats, overheads_s: Sequence[float]
) -> dict[float, dict[int, float]]:
    """The dependence for each overhead and number of workers; of all but the first overhead, near its best number."""
    first, *others = overheads_s
    end_s = without_overhead(arrived_s, ended_s, first)
    seen = {first: _scores(arrived_s, end_s, in_system(arrived_s, end_s))}
    best = _best(seen[first])
    for overhead_s in others:
        end_s = without_overhead(arrived_s, ended_s, overhead_s)
        near = range(max(1, best - NEAR_BELOW), best + NEAR_ABOVE + 1)
        seen[overhead_s] = _dependences(arrived_s, end_s, in_system(arrived_s, end_s), near)
    return seen


def dependence(arrived_s: Floats, number: Ints, service_s: Floats, workers: int) -> float:
    """How much service times depend on the queue and on the gaps between arrivals: 0 for not at all, at most 3.

    It is the sum of two rank correlations' sizes (C. Spearman, 1904) and of the share of service times that are 0 or
    less. Differences below the resolution count as none, and correlations of times that hardly differ count less: the
    noise of clocks and networks depends on the queue, too.
    """
    ordered = np.sort(service_s)
    low_s, typical_s, high_s = (quantile_of(ordered, share) for share in (0.1, 0.5, 0.9))
    weight = min(1.0, (high_s - low_s) / max(NOISE_RATIO * abs(typical_s), 1e-9))
    rounded = np.round(service_s / _resolution_s(typical_s))
    gaps_s = arrived_s[workers:] - arrived_s[:-workers]
    by_queue, by_gap = _correlation(rounded, number), _correlation(rounded[workers:], gaps_s)
    return weight * (by_queue + by_gap) + float(np.mean(service_s <= 0))


def _resolution_s(typical_s: float) -> float:
    size_s = abs(typical_s)
    return max(RESOLUTION_RATIO * size_s, min(RESOLUTION_S, 0.2 * size_s), 1e-9)


def _correlation(a: Floats, b: Floats | Ints) -> float:
    if len(a) < 3 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return 0.0
    return abs(float(np.corrcoef(rankdata(a), rankdata(b))[0, 1]))


def _scores(arrived_s: Floats, ended_s: Floats, number: Ints) -> dict[int, float]:
    """The dependence for every count up to 24, further ones in steps of 12%, and every count near the best."""
    peak = min(MOST_WORKERS, int(number.max()) + 1)

    steps = [*range(1, min(peak, EVERY_WORKER_TO) + 1)]
    while steps[-1] < peak:
        steps.append(min(peak, int(steps[-1] * STEP) + 1))
    seen = _dependences(arrived_s, ended_s, number, steps)
    best = _best(seen)
    near = range(max(1, int(best / STEP) - 1), min(peak, int(best * STEP) + 2))
    return seen | _dependences(arrived_s, ended_s, number, (count for count in near if count not in seen))


def _dependences(arrived_s: Floats, ended_s: Floats, number: Ints, counts: Iterable[int]) -> dict[int, float]:
    return {
        count: dependence(arrived_s, number, services_s(arrived_s, ended_s, count), count) for count in counts
    }


def _best(scores: dict[int, float]) -> int:
    found: int = min(sorted(scores), key=lambda count: scores[count])
    return found


def _waited(response_s: Floats, with_queue: NDArray[np.bool_]) -> bool:
    """Whether requests that found all workers busy took longer (Mann and Whitney, 1947)."""
    if with_queue.all() or not with_queue.any():
        return bool(with_queue.any())
    test = mannwhitneyu(response_s[with_queue], response_s[~with_queue], alternative="greater")
    return bool(test.pvalue < BY_CHANCE)


def _fewest(scores: dict[int, float], n: int) -> int:
    """The smallest number of workers that chance does not tell from the best one."""
    noise = NOISE_DEVIATIONS * float(np.sqrt(2 / n))
    return min(count for count, score in scores.items() if score <= min(scores.values()) + noise)


def _of_windows(arrived_s: Floats, ended_s: Floats, number: Ints) -> list[int]:
    """The same estimate from single stretches."""
    windows = min(WINDOWS, len(arrived_s) // FEWEST_IN_WINDOW)
    if windows < 2:
        return []
    cuts = np.linspace(0, len(arrived_s), windows + 1).astype(int)
    parts = [slice(a, b) for a, b in pairwise(cuts)]
    return [_best(_scores(arrived_s[part], ended_s[part], number[part])) for part in parts]
