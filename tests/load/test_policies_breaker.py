"""The breaker over real sockets: one probe at half-open, and calls that do not wait for each other."""

from __future__ import annotations

import time
from collections import Counter
from threading import Barrier, Event, Thread

import pytest

from harness.model.call import Call, Outcome
from harness.session.client.client import Client, Journey
from tests.load.served import Served, upstream

pytestmark = pytest.mark.alone

BREAKER = {"minimum": 4, "open_s": 0.5}


def _together(client: Served, threads: int, calls: int) -> tuple[list[Call], float]:
    """`threads` threads make their calls concurrently; returns the calls, and the seconds that they took."""
    made: list[Call] = []
    start = Barrier(threads + 1)

    def work() -> None:
        own = Client(client.client.target, client.client.transport, client.tracer, made.append)
        own.journey = Journey(0, 0.0, 0.0)
        start.wait(10.0)
        for _ in range(calls):
            own.get("/get")

    workers = [Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    start.wait(10.0)
    began_s = time.monotonic()
    for worker in workers:
        worker.join(30.0)
    return made, time.monotonic() - began_s


def _until_it_would_probe(client: Served) -> None:
    breaker = next(iter(client.controls.pipeline.hosts.values())).breaker
    assert breaker is not None
    until_s = time.monotonic() + 5.0
    while breaker.refuses(time.monotonic()):
        assert time.monotonic() < until_s
        Event().wait(0.01)


def test_twenty_threads_at_half_open_let_exactly_one_probe_through() -> None:
    slow = {"service_time": {"distribution": "fixed", "value_s": 0.3}}
    with upstream({"kind": "status", "status": 503, "first": 4}, **slow) as served:
        client = Served(served, adapter={"pool_maxsize": 20}, breaker=BREAKER)
        for _ in range(4):
            client.call()
        assert client.call().outcome is Outcome.BREAKER_OPEN
        _until_it_would_probe(client)
        made, _ = _together(client, threads=20, calls=1)
        assert Counter(call.outcome for call in made) == {Outcome.OK: 1, Outcome.BREAKER_OPEN: 19}
        assert client.call().outcome is Outcome.OK
        client.assert_whole()


def test_forty_calls_of_50_ms_on_twenty_threads_are_two_rounds() -> None:
    with upstream(service_time={"distribution": "fixed", "value_s": 0.05}) as served:
        guarded = Served(served, adapter={"pool_maxsize": 20}, breaker=BREAKER)
        bare = Served(served, adapter={"pool_maxsize": 20})
        _together(guarded, threads=20, calls=1)
        _together(bare, threads=20, calls=1)
        _, without_s = _together(bare, threads=20, calls=2)
        made, with_s = _together(guarded, threads=20, calls=2)
        assert {call.outcome for call in made} == {Outcome.OK}
        assert with_s < max(2.0 * without_s, 0.5), "calls under a breaker wait for each other"
        guarded.assert_whole()
