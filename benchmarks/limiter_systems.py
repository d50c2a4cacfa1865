"""Simulated clients with limiters in front of one upstream: the product's own `Limiter`, on a simulated clock.

Arrivals are Poisson. A call takes a free thread, or waits for one; the limiter admits it or refuses it at once. The
upstream has a number of workers, one queue in order of arrival, and a constant service time.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from random import Random

from harness.model.limiter_settings import LimiterSettings
from harness.model.quantile import quantile
from harness.session.resilience.limiter import Admission, Limiter

SERVICE_S, WORKERS, THREADS = 0.02, 8, 64
CAPACITY_PER_S = WORKERS / SERVICE_S


@dataclass(frozen=True, slots=True)
class Ended:
    """A call that was answered. Seconds of the simulated clock; it was due at `due_s`."""

    due_s: float
    sent_s: float
    ended_s: float


@dataclass(slots=True)
class Client:
    """One process: its arrivals a second, its limiter, and what became of its calls."""

    rate_per_s: float
    settings: LimiterSettings | None = None
    threads: int = THREADS
    seed: int = 1
    ended: list[Ended] = field(default_factory=list)
    refused: int = 0
    limiter: Limiter | None = None
    """What the simulation made of `settings`."""

    def between(self, from_s: float, to_s: float) -> list[Ended]:
        """The answered calls that were due within this time."""
        return [call for call in self.ended if from_s <= call.due_s < to_s]

    def goodput_per_s(self, from_s: float, to_s: float) -> float:
        """Calls a second that were answered within this time."""
        return sum(from_s <= call.ended_s < to_s for call in self.ended) / (to_s - from_s)

    def p99_s(self, from_s: float, to_s: float) -> float:
        """The 99th percentile of the latency of admitted calls, from when they were due; infinite without any."""
        latencies = [call.ended_s - call.due_s for call in self.between(from_s, to_s)]
        return quantile(latencies, 0.99) if latencies else float("inf")


@dataclass(slots=True)
class _Running:
    """A client while it runs."""

    client: Client
    arrivals: Iterator[float]
    busy: int = 0
    waiting: deque[float] = field(default_factory=deque)


@dataclass(slots=True)
class _Attempt:
    of: _Running
    due_s: float
    sent_s: float
    admission: Admission | None


class Simulation:
    """One upstream and its clients. `workers` are pairs of a time and the number of workers from then on."""

    def __init__(
        self,
        clients: Sequence[Client],
        duration_s: float,
        workers: Sequence[tuple[float, int]] = ((0.0, WORKERS),),
    ) -> None:
        self._now, self._end_s, self._order = 0.0, duration_s, count()
        self._workers, self._busy = workers[0][1], 0
        self._queue: deque[_Attempt] = deque()
        self._events: list[tuple[float, int, str, object]] = []
        for client in clients:
            rng = Random(client.seed)  # noqa: S311
            if client.settings is not None:
                client.limiter = Limiter(client.settings, 0.0, rng)
            self._arrive(_Running(client, _arrivals(client.rate_per_s, rng)))
        for at_s, number in workers[1:]:
            self._at(at_s, "resized", number)

    def run(self) -> None:
        """Until the end; calls that are under way then are left out."""
        while self._events and self._events[0][0] < self._end_s:
            self._now, _, kind, what = heapq.heappop(self._events)
            getattr(self, f"_{kind}")(what)

    def _at(self, at_s: float, kind: str, what: object) -> None:
        heapq.heappush(self._events, (at_s, next(self._order), kind, what))

    def _arrive(self, running: _Running) -> None:
        self._at(next(running.arrivals), "arrived", running)

    def _arrived(self, running: _Running) -> None:
        running.waiting.append(self._now)
        self._take(running)
        self._arrive(running)

    def _take(self, running: _Running) -> None:
        client, limiter = running.client, running.client.limiter
        while running.waiting and running.busy < client.threads:
            due_s = running.waiting.popleft()
            admission = None if limiter is None else limiter.enter(0.0)
            if limiter is not None and admission is None:
                client.refused += 1
                continue
            if admission is not None:
                admission.sent(self._now)
            running.busy += 1
            self._queue.append(_Attempt(running, due_s, self._now, admission))
            self._serve()

    def _serve(self) -> None:
        while self._queue and self._busy < self._workers:
            self._busy += 1
            self._at(self._now + SERVICE_S, "served", self._queue.popleft())

    def _served(self, attempt: _Attempt) -> None:
        self._busy -= 1
        running, admission = attempt.of, attempt.admission
        running.busy -= 1
        running.client.ended.append(Ended(attempt.due_s, attempt.sent_s, self._now))
        if admission is not None:
            admission.settle(self._now, dropped=False)
            admission.free()
        self._serve()
        self._take(running)

    def _resized(self, number: int) -> None:
        self._workers = number
        self._serve()


def _arrivals(rate_per_s: float, rng: Random) -> Iterator[float]:
    at_s = 0.0
    while True:
        at_s += rng.expovariate(rate_per_s)
        yield at_s


def jain(values: Sequence[float]) -> float:
    """Jain's index of fairness: 1 when all are equal, 1/n when one has everything."""
    return sum(values) ** 2 / (len(values) * sum(value**2 for value in values))
