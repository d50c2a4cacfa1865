"""A simulated client that hedges in front of one upstream: the product's own delay and budget, on a simulated clock.

Arrivals are Poisson. A call takes a free thread, or waits for one. The upstream has workers and one queue in order of
arrival; a share of the attempts takes ten times as long. It cannot know that a client has left, so it serves every
attempt to its end.
"""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any

from harness.model.hedge_settings import HedgeSettings
from harness.model.resilience_settings import RatioBudgetSettings
from harness.session.resilience.budget import RatioBudget
from harness.session.resilience.host_hedges import HostHedges

SERVICE_S, SLOWER, SLOW_SHARE, WORKERS, THREADS = 0.02, 10.0, 0.05, 8, 64
LATER_S = 1e-9
"""A response that comes exactly when a hedge is due comes first: with equal service times most of them would tie."""
CAPACITY_PER_S = WORKERS / (SERVICE_S * (1.0 - SLOW_SHARE + SLOW_SHARE * SLOWER))


@dataclass(slots=True)
class Call:
    """One call. Seconds of the simulated clock."""

    due_s: float
    sent_s: float = 0.0
    ended_s: float | None = None
    hedges: int = 0
    delay_s: float = 0.0


@dataclass(slots=True)
class HedgingClient:
    """The arrivals a second, the largest share of hedges (None for no hedging), and what became of the calls."""

    rate_per_s: float
    share: float | None = None
    settings: HedgeSettings = field(default_factory=HedgeSettings)
    seed: int = 1
    ended: list[Call] = field(default_factory=list)
    calls: int = 0
    hedges: int = 0

    def latencies_s(self, from_s: float, to_s: float) -> list[float]:
        """Of the calls that were due in this time and have ended, from when they were due."""
        return [
            call.ended_s - call.due_s for call in self.ended if from_s <= call.due_s < to_s and call.ended_s
        ]


class HedgeSimulation:
    """One client and its upstream."""

    def __init__(self, client: HedgingClient, duration_s: float) -> None:
        self._client, self._end_s, self._now, self._order = client, duration_s, 0.0, count()
        self._rng = Random(client.seed)  # noqa: S311
        self._host = HostHedges(client.settings)
        self._budget = RatioBudget(
            RatioBudgetSettings(kind="ratio", ratio=client.share or 0.0, min_per_s=0.0)
        )
        self._busy_threads = self._busy_workers = self._busy_helpers = 0
        self._waiting: deque[Call] = deque()
        self._queue: deque[tuple[Call, bool]] = deque()
        self._events: list[tuple[float, int, str, Any]] = []
        self._at(self._next_arrival_s(), "arrived", None)

    def run(self) -> None:
        """Until the end; calls that are under way then are left out."""
        while self._events and self._events[0][0] < self._end_s:
            self._now, _, kind, what = heapq.heappop(self._events)
            getattr(self, f"_{kind}")(what)

    def _at(self, at_s: float, kind: str, what: Any) -> None:
        heapq.heappush(self._events, (at_s, next(self._order), kind, what))

    def _next_arrival_s(self) -> float:
        return self._now + self._rng.expovariate(self._client.rate_per_s)

    def _arrived(self, _: None) -> None:
        self._waiting.append(Call(self._now))
        self._take()
        self._at(self._next_arrival_s(), "arrived", None)

    def _take(self) -> None:
        while self._waiting and self._busy_threads < THREADS:
            call = self._waiting.popleft()
            call.sent_s = self._now
            self._busy_threads += 1
            self._client.calls += 1
            self._budget.call(self._now)
            self._queue.append((call, False))
            if self._client.share is not None and self._host.delay_s is not None:
                call.delay_s = self._host.delay_s
                self._at(self._now + call.delay_s + LATER_S, "due", call)
        self._serve()

    def _due(self, call: Call) -> None:
        if call.ended_s is not None or self._busy_helpers >= self._client.settings.threads:
            return
        if self._budget.withdraw(self._now, throttled=False) is not None:
            self._busy_helpers += 1
            call.hedges += 1
            self._client.hedges += 1
            self._queue.append((call, True))
            self._serve()

    def _serve(self) -> None:
        while self._queue and self._busy_workers < WORKERS:
            self._busy_workers += 1
            slower = SLOWER if self._rng.random() < SLOW_SHARE else 1.0
            self._at(self._now + SERVICE_S * slower, "served", self._queue.popleft())

    def _served(self, attempt: tuple[Call, bool]) -> None:
        call, hedge = attempt
        self._busy_workers -= 1
        if call.ended_s is None:
            call.ended_s = self._now
            self._busy_threads -= 1
            self._client.ended.append(call)
            self._host.took(call.delay_s if hedge else self._now - call.sent_s)
            self._busy_helpers -= call.hedges
        self._take()
