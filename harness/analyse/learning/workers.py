"""How many workers an upstream has, and how long each request took one, from arrivals and ends of requests alone.

For a number of workers c the queue recursion gives the service times: a request starts when it has arrived and the
first of c workers is free (J. Kiefer, J. Wolfowitz, Trans. AMS 78, 1955, solved for the service time). For the right c
they follow one law, whether a request waited or not. Requests that met few others did not wait, so that their
times show the law; the c is chosen for which all service times are the likeliest under it. With too few workers some
times are too short, or less than 0, with too many some contain waiting.

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

from harness.analyse.learning.reference_law import ReferenceLaw
from harness.analyse.stats.effective_size import Floats, Ints

MOST_WORKERS, WINDOWS, FEWEST_IN_WINDOW = 512, 4, 400
EVERY_WORKER_TO, STEP = 24, 1.12
NEAR_BELOW, NEAR_ABOVE, LEAST_SHARE = 4, 1, 0.1
FEWEST_IN_REFERENCE, OF_COUNT, MOST_TURNS = 100, 0.75, 6
ALIKE, LEAST_EVIDENCE = 3.0, 10.0
"""Differences of log-likelihoods: numbers that are as likely as the best one to a factor of 20 are in the interval, and
a queue is claimed where it is likelier than none by a factor of 22,000."""


@dataclass(frozen=True, slots=True)
class WorkersEstimate:
    """The estimated number of workers, the numbers that are nearly as likely, and what follows from it.

    The interval holds the estimates of single stretches, too. `services_s` are the service times for `count` workers,
    shape (n,), in order of arrival; some may be 0 or less, where the recursion does not fit. Where `count` may not be
    used, they are the response times. `load` is the share of the workers' time that is used. `overhead_s` was
    subtracted from each request's time. `why_unknown` is a sentence where `count` may not be used as a number, and
    empty otherwise.
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

    `overheads_s` are the times that a client may add to each request; the likeliest one is chosen with the number.
    """
    first, *others = (_Seen(arrived_s, ended_s, overhead_s) for overhead_s in overheads_s)
    below, likelihoods = _searched(first)
    every = [(first, likelihoods)]
    middle = _best(likelihoods)
    near = range(max(1, middle - NEAR_BELOW), middle + NEAR_ABOVE + 1)
    every += [(seen, seen.log_likelihoods(near, below)) for seen in others]
    seen, likelihoods = max(every, key=lambda each: max(each[1].values()))
    count, without_queue = _best(likelihoods), max(each.without_queue(below) for each, _ in every)
    most = max(likelihoods[count], without_queue)
    alike = [n for _, each in every for n, likelihood in each.items() if likelihood >= most - ALIKE]
    service_s = seen.service_s(count)
    load = float(np.clip(service_s, 0.0, None).sum() / (arrived_s[-1] - arrived_s[0]) / count)
    if likelihoods[count] - without_queue < LEAST_EVIDENCE:
        low = min(alike, default=count)
        why = f"requests are not seen to wait for each other; there are {low} workers or more"
        return WorkersEstimate(
            count, low, None, ended_s - arrived_s, load, seen.overhead_s, len(arrived_s), why
        )
    counts = [count, *alike, *_of_windows(arrived_s, seen.ended_s)]
    return WorkersEstimate(
        count, min(counts), max(counts), service_s, load, seen.overhead_s, len(arrived_s), ""
    )


class _Seen:
    """Requests as the server sees them, if the client adds a certain time."""

    def __init__(self, arrived_s: Floats, ended_s: Floats, overhead_s: float) -> None:
        self.arrived_s, self.overhead_s = arrived_s, overhead_s
        self.ended_s = without_overhead(arrived_s, ended_s, overhead_s)
        self.number = in_system(arrived_s, self.ended_s)
        self._services_s = dict[int, Floats]()

    def service_s(self, count: int) -> Floats:
        """The service times for a number of workers."""
        if count not in self._services_s:
            self._services_s[count] = services_s(self.arrived_s, self.ended_s, count)
        return self._services_s[count]

    def log_likelihoods(self, counts: Iterable[int], below: int) -> dict[int, float]:
        """Of the service times for each number, under the law of requests that met fewer than `below` others."""
        law = self._law(below)
        return {count: law.log_likelihood(self.service_s(count)) for count in counts}

    def without_queue(self, below: int) -> float:
        """The log-likelihood where no request waits."""
        return self._law(below).log_likelihood(self.ended_s - self.arrived_s)

    def _law(self, below: int) -> ReferenceLaw:
        response_s = self.ended_s - self.arrived_s
        most_s = float(response_s.max())
        return ReferenceLaw(response_s[self.number < below], -most_s, most_s)


def _searched(seen: _Seen) -> tuple[int, dict[int, float]]:
    """How few others a request met that surely did not wait, and the log-likelihoods of the numbers of workers.

    It begins with the hundred requests that met the fewest, and goes on with three quarters of the likeliest number.
    """
    place = min(FEWEST_IN_REFERENCE, len(seen.number)) - 1
    below, tried = int(np.sort(seen.number)[place]) + 1, set[int]()
    while True:
        likelihoods = _of_numbers(seen, below)
        tried.add(below)
        following = max(1, int(OF_COUNT * _best(likelihoods)))
        if following in tried or len(tried) == MOST_TURNS:
            return below, likelihoods
        below = following


def _of_numbers(seen: _Seen, below: int) -> dict[int, float]:
    """Every number up to 24, further ones in steps of 12%, and every number near the likeliest."""
    peak = min(MOST_WORKERS, int(seen.number.max()) + 1)
    steps = [*range(1, min(peak, EVERY_WORKER_TO) + 1)]
    while steps[-1] < peak:
        steps.append(min(peak, int(steps[-1] * STEP) + 1))
    found = seen.log_likelihoods(steps, below)
    best = _best(found)
    near = range(max(1, int(best / STEP) - 1), min(peak, int(best * STEP) + 2))
    return found | seen.log_likelihoods((count for count in near if count not in found), below)


def _best(likelihoods: dict[int, float]) -> int:
    found: int = max(sorted(likelihoods), key=lambda count: likelihoods[count])
    return found


def _of_windows(arrived_s: Floats, ended_s: Floats) -> list[int]:
    """The likeliest numbers of single stretches."""
    windows = min(WINDOWS, len(arrived_s) // FEWEST_IN_WINDOW)
    if windows < 2:
        return []
    cuts = np.linspace(0, len(arrived_s), windows + 1).astype(int)
    parts = (_Seen(arrived_s[a:b], ended_s[a:b], 0.0) for a, b in pairwise(cuts))
    return [_best(_searched(part)[1]) for part in parts]
