"""Everything at once: every table of ours, every kind of fault, levers pulled meanwhile; at the end all is whole."""

from __future__ import annotations

from collections import Counter
from threading import Event, Thread
from typing import Any

import pytest

from harness.model.call import Call, Outcome
from harness.session.client.client import Client, Journey
from harness.session.resilience.controls import Controls
from tests.load.served import Served, upstream

FAULTS: list[dict[str, Any]] = [
    {"kind": "status", "status": 503, "ratio": 0.1},
    {"kind": "reset", "ratio": 0.05},
    {"kind": "reset", "when": "in_body", "after_bytes": 9, "ratio": 0.03},
    {"kind": "truncate", "after_bytes": 9, "ratio": 0.03},
    {"kind": "hang", "ratio": 0.02},
    {"kind": "drip", "every_s": 0.02, "ratio": 0.03},
    {"kind": "stale", "ratio": 0.05},
    {"kind": "latency", "add_s": 0.05, "ratio": 0.1},
]
TABLES: dict[str, Any] = {
    "session": {"trust_env": False},
    "timeout": {"connect_s": 0.3, "read_s": 0.3, "total_s": 0.8},
    "retry": {
        "total": 3,
        "status_forcelist": [503],
        "budget": {"kind": "ratio", "ratio": 0.5},
        "backoff": {"kind": "full", "base_s": 0.01, "cap_s": 0.1},
    },
    "breaker": {"failure_ratio": 0.9, "minimum": 10, "window_s": 2.0, "open_s": 0.1},
    "throttle": {"kind": "rate", "rate_per_s": 1000.0, "burst": 20},
    "bulkhead": {"connections": 8, "wait_s": 0.3},
    "limiter": {"kind": "aimd", "initial": 6, "max_wait_s": 0.3},
}
THREADS, CALLS = 16, 40


def _work(client: Client, errors: list[BaseException]) -> None:
    pace = Event()
    try:
        for number in range(CALLS):
            client.journey = Journey(number, 0.0, 0.0)
            client.request("GET" if number % 3 else "POST", "/get" if number % 3 else "/post")
            pace.wait(0.02)  # A refusal costs no time: without a pause one open breaker would eat all calls.
    except BaseException as error:
        errors.append(error)


def _pull_levers(controls: Controls, over: Event) -> None:
    while not over.is_set():
        for lever in (
            lambda: controls.set_pool_maxsize(2), lambda: controls.set_timeouts(0.2, 0.2),
            lambda: controls.set_breaker("open"), lambda: controls.set_pool_maxsize(12),
            lambda: controls.set_breaker("auto"), lambda: controls.set_retries(False),
            lambda: controls.set_throttle(500.0), lambda: controls.set_timeouts(None, None),
            lambda: controls.set_retries(None), lambda: controls.set_budget(0.1),
            lambda: controls.set_throttle(None), lambda: controls.set_budget(None),
            lambda: controls.set_limiter(on=False), lambda: controls.set_limiter(on=True),
        ):  # fmt: skip
            lever()
            over.wait(0.02)


@pytest.mark.parametrize("block", [False, True])
def test_after_the_storm_pools_bulkhead_and_ledger_are_whole(block: bool) -> None:
    with upstream(*FAULTS) as served:
        client = Served(served, **TABLES, adapter={"pool_maxsize": 6, "pool_block": block})
        made, errors, over = list[Call](), list[BaseException](), Event()
        clients = [
            Client(served.url, client.client.transport, client.tracer, made.append) for _ in range(THREADS)
        ]
        threads = [Thread(target=_work, args=(each, errors)) for each in clients]
        levers = Thread(target=_pull_levers, args=(client.controls, over))
        for thread in (*threads, levers):
            thread.start()
        for thread in threads:
            thread.join(60.0)
        over.set()
        levers.join(5.0)
        assert errors == []
        assert len(made) == THREADS * CALLS
        seen = Counter(call.outcome for call in made)
        assert seen[Outcome.OK] > len(made) / 4, seen
        assert max(call.ended_s - call.started_s for call in made) < 3.0
        _assert_whole(client, block)
        _assert_ledger(client, made)


def _assert_whole(client: Served, block: bool) -> None:
    client.assert_whole()
    (host,) = client.controls.pipeline.hosts.values()
    assert host.bulkhead is not None
    assert (host.bulkhead._free, host.bulkhead.waiting) == (8, 0)
    assert host.limiter is None or (host.limiter.in_flight, host.limiter.waiting) == (0, 0)
    (gauge,) = client.tracer.gauges.values()
    (pool,) = gauge.pools
    assert pool.pool is not None
    assert pool.pool.qsize() <= pool.pool.maxsize
    assert not block or pool.pool.qsize() == pool.pool.maxsize


def _assert_ledger(client: Served, made: list[Call]) -> None:
    """Every attempt that reached the wire is in the ledger once; one that had no connection is not."""
    client.upstream.settle()
    rows = 0
    while (columns := client.upstream.served(0.0)) is not None:
        rows += len(columns[0])
    attempts = [attempt for call in made for attempt in call.attempts]
    unsent = sum(
        attempt.error in {"connect_timeout", "connect_refused", "pool_timeout"} for attempt in attempts
    )
    stale = sum(attempt.stale and not attempt.new_connection for attempt in attempts)
    assert len(attempts) - unsent - stale <= rows <= len(attempts) - unsent
