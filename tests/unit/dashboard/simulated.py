"""A seeded simulation of a service that calls a queueing upstream, made of events; times are seconds."""

from __future__ import annotations

import heapq
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

from harness.model.call import Attempt, Call, Outcome
from harness.model.policy import Policy
from harness.model.scenario import Scenario
from harness.record.schema import TABLES
from mock_upstream.profile import TimelineFault

HOST = "127.0.0.1:8080"
WORKERS, QUEUE, MEDIAN_S, SIGMA, FAILED_RATIO, CONNECT_S = 8, 100, 0.020, 0.5, 0.02, 0.0006


def _row(table: str, **values: object) -> tuple[object, ...]:
    """A row of a table in the schema's order; what isn't given is nothing of its type."""
    return tuple((_blank(table) | values).values())


@cache
def _blank(table: str) -> dict[str, object]:
    return {field.name: field.type.to_pandas_dtype()() for field in TABLES[table]}


@dataclass
class Slots:
    """A number of slots and those who wait for one, first come first served."""

    free: int
    waiting: deque[Callable[[], None]] = field(default_factory=deque)

    def take(self, then: Callable[[], None]) -> None:
        if self.free > 0:
            self.free -= 1
            then()
        else:
            self.waiting.append(then)

    def give(self) -> None:
        if self.waiting:
            self.waiting.popleft()()
        else:
            self.free += 1


def _on(fault: TimelineFault, now_s: float) -> bool:
    return fault.at_s <= now_s < fault.at_s + (fault.for_s or 1e9)


class World:
    """One run of one policy: what every call met, what the pool held and what the upstream served."""

    def __init__(self, policy: Policy, scenario: Scenario, seed: int, until_s: float) -> None:
        self.policy, self.scenario, self.until_s = policy, scenario, until_s
        self.seed = seed
        self.now = 0.0
        self.events: list[tuple[float, int, Callable[[], None]]] = []
        self.count = 0
        self.threads = Slots(scenario.service.threads)
        self.pool = Slots(policy.adapter.pool_maxsize if policy.adapter.pool_block else 10_000)
        self.maxsize = policy.adapter.pool_maxsize
        self.idle = self.in_use = self.opened = self.discarded = 0
        self.workers = [0.0] * WORKERS
        self.calls: list[Call] = []
        self.pools: list[tuple[object, ...]] = []
        self.served: list[tuple[object, ...]] = []

    def at(self, when: float, then: Callable[[], None]) -> None:
        self.count += 1
        heapq.heappush(self.events, (when, self.count, then))

    def run(self) -> World:
        self._arrivals()
        self.at(0.25, self._sample)
        while self.events and self.events[0][0] <= self.until_s:
            self.now, _, then = heapq.heappop(self.events)
            then()
        return self

    def _arrivals(self) -> None:
        chance, start, arrival = random.Random(f"arrivals {self.seed}"), 0.0, 0
        for phase in self.scenario.arrivals:
            at = start
            while (at := at + chance.expovariate(phase.rate_per_s)) < start + phase.duration_s:
                self.at(at, lambda n=arrival, at=at: self._arrive(n, at))  # type: ignore[misc]
                arrival += 1
            start += phase.duration_s

    def _arrive(self, arrival: int, at: float) -> None:
        call = Call(arrival, 0, "GET", "/orders", at, at, dispatched_s=at + 0.0002)

        def start() -> None:
            call.started_s = max(self.now, call.dispatched_s)
            self._attempt(call, 1)

        self.threads.take(start)

    def _attempt(self, call: Call, number: int) -> None:
        attempt, asked = Attempt(number, self.now, HOST), self.now

        def go() -> None:
            attempt.pool_wait_s = self.now - asked
            self.in_use += 1
            attempt.new_connection = self.idle == 0 or self.policy.session.scope == "call"
            if attempt.new_connection:
                self.opened += 1
                attempt.connect_s = CONNECT_S
            else:
                self.idle -= 1
            self._serve(call, attempt)

        self.pool.take(go)

    def _serve(self, call: Call, attempt: Attempt) -> None:
        """The upstream is first come first served, so the end is known when the request arrives."""
        chance = random.Random(f"{self.seed} {call.key} {attempt.number}")
        arrived = self.now + attempt.connect_s
        service = MEDIAN_S * pow(2.718281828, SIGMA * chance.gauss())
        factor = next((t.fault.slows() for t in self.scenario.timeline if _on(t, arrived)), 1.0)
        service *= factor
        first_free = heapq.heappop(self.workers)
        overflow = first_free - arrived > QUEUE * MEDIAN_S / WORKERS
        failed = overflow or chance.random() < FAILED_RATIO
        begun = arrived if overflow else max(arrived, first_free)
        done = arrived if overflow else begun + (0.001 if failed else service)
        heapq.heappush(self.workers, first_free if overflow else done)
        limit = self.policy.timeout.read_s
        gone = limit is not None and done - arrived > limit
        ended = arrived + limit if gone and limit is not None else done
        attempt.first_byte_s = ended - self.now
        attempt.status = 0 if gone else 503 if failed else 200
        attempt.error = "ReadTimeoutError" if gone else ""
        faults = "+".join(
            n for n, hit in (("slowdown", factor > 1), ("status", failed and not overflow)) if hit
        )
        row = _row(
            "served", key=call.key, attempt=attempt.number, region="main", method=call.method, route=call.route,
            arrived_s=arrived, queue_wait_s=begun - arrived, service_s=done - begun, ended_s=done, fault=faults,
            intended_delay_s=done - arrived, actual_delay_s=done - arrived, client_gone=gone,
            status=0 if gone else attempt.status, bytes=0 if gone else 512,
        )  # fmt: skip
        self.at(done, lambda: self.served.append(row))
        self.at(ended, lambda: self._answered(call, attempt))

    def _answered(self, call: Call, attempt: Attempt) -> None:
        call.attempts.append(attempt)
        attempt.body_s = 0.0002 if attempt.status else 0.0
        retry = self.policy.retry
        bad = attempt.error or (retry is not None and attempt.status in retry.status_forcelist)
        again = bad and attempt.number < self.policy.attempts_at_most
        if again and retry is not None:
            attempt.reason = "read" if attempt.error else str(attempt.status)
            attempt.backoff_s = (
                retry.backoff_factor * 2 ** (attempt.number - 1) if attempt.number > 1 else 0.0
            )
            attempt.backoff_held = bool(attempt.error)
        held = attempt.backoff_s if attempt.backoff_held else 0.0
        self.at(self.now + held, lambda: self._release(attempt))
        if again:
            self.at(self.now + attempt.backoff_s, lambda: self._attempt(call, attempt.number + 1))
        else:
            self._end(call, attempt)

    def _release(self, attempt: Attempt) -> None:
        self.in_use -= 1
        attempt.discarded = bool(attempt.error) or self.idle >= self.maxsize
        if attempt.discarded or self.policy.session.scope == "call":
            self.discarded += 1
        else:
            self.idle += 1
        self.pool.give()

    def _end(self, call: Call, attempt: Attempt) -> None:
        call.ended_s = self.now + attempt.body_s
        call.status, call.error = attempt.status, attempt.error
        timed_out = Outcome.READ_TIMEOUT if attempt.error else Outcome.HTTP_5XX
        call.outcome = Outcome.OK if attempt.status == 200 else timed_out
        call.received_bytes = 512 if call.outcome.good else 0
        self.calls.append(call)
        self.threads.give()

    def _sample(self) -> None:
        waiting = len(self.pool.waiting)
        idle = min(self.idle, self.maxsize)
        row = _row(
            "pool", at_s=self.now, host=HOST, maxsize=self.maxsize, in_use=self.in_use, idle=idle,
            waiting=waiting, opened=self.opened, discarded=self.discarded,
        )  # fmt: skip
        self.pools.append(row)
        self.at(self.now + 0.25, self._sample)
