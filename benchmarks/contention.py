"""Clients that contend for one record by optimistic locking: AWS' simulation of backoff, with our formulas."""

from __future__ import annotations

import heapq
import random

from harness.model.resilience_settings import BackoffSettings
from harness.session.resilience.backoff import delay_s

PUBLISHED = {
    "exponential": (1860, 63.6),
    "equal": (812, 6.7),
    "full": (796, 4.9),
    "decorrelated": (1000, 4.6),
    "none": (2424, 2.0),
}
"""Of 100 clients: calls, and seconds until all are done."""


def contention(kind: str, seed: int, clients: int = 100) -> tuple[float, float]:
    """Calls and seconds until every client has written once. A client reads a version, then writes if it still holds.

    Messages take N(10 ms, 2 ms). The first retry sleeps by twice the base (M. Brooker, "Exponential Backoff And
    Jitter", AWS Architecture Blog, 2015, and its simulator).
    """
    rng = random.Random(seed)  # noqa: S311
    policy = (
        None
        if kind == "none"
        else BackoffSettings.model_validate({"kind": kind, "base_s": 0.005, "cap_s": 2.0})
    )
    messages: list[tuple[float, int, str, int, int]] = []
    numbers = iter(range(10**9))

    def send(at_s: float, what: str, client: int, value: int) -> None:
        heapq.heappush(
            messages, (at_s + abs(rng.normalvariate(0.010, 0.002)), next(numbers), what, client, value)
        )

    for client in range(clients):
        send(0.0, "read", client, 0)
    version, calls, now = 0, 0, 0.0
    retries, slept_s = [0] * clients, [0.005] * clients
    while messages:
        now, _, what, client, value = heapq.heappop(messages)
        if what == "read":
            send(now, "version", client, version)
        elif what == "version":
            send(now, "write", client, value)
        elif what == "write":
            calls += 1
            won = value == version
            version += won
            send(now, "answer", client, int(won))
        elif not value:
            retries[client] += 1
            slept_s[client] = delay_s(policy, retries[client], slept_s[client], rng) if policy else 0.0
            send(now + slept_s[client], "read", client, 0)
    return calls, now
