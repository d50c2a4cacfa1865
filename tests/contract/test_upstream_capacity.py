"""Capacity over real connections: waits that follow the queue recursion, and workers that finish abandoned work."""

import heapq
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import requests

from mock_upstream.config.toml import build
from mock_upstream.embedded import EmbeddedUpstream
from mock_upstream.profile import Profile
from mock_upstream.telemetry.ledger import Row
from tests.faults.wire_client import ask, dial, rows, until

Start = Callable[..., EmbeddedUpstream]


@pytest.fixture
def start() -> Iterator[Start]:
    with ExitStack() as stack:

        def enter(capacity: dict[str, Any], value_s: float = 0.05, **profile: Any) -> EmbeddedUpstream:
            time = {"distribution": "fixed", "value_s": value_s}
            table = {"name": "test", "capacity": capacity, "service_time": time, **profile}
            return stack.enter_context(EmbeddedUpstream(build(Profile, table, "test")))

        yield enter


def _named(key: str) -> bytes:
    return f"GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Surgeline-Key: {key}\r\n\r\n".encode()


def _crowd(upstream: EmbeddedUpstream, n: int) -> list[Row]:
    """n clients at once, one request each, told in order of arrival."""
    clients = [
        threading.Thread(target=ask, args=(upstream, _named(f"{number}.1"), 2.0)) for number in range(n)
    ]
    for client in clients:
        client.start()
    seen = rows(upstream, n)
    for client in clients:
        client.join(timeout=10)
    return sorted(seen, key=lambda row: row.arrived_s)


def test_every_wait_equals_the_queue_recursion(start: Start) -> None:
    served = _crowd(start({"workers": 3}, value_s=0.02), 30)

    free = [0.0] * 3
    for row in served:
        start_s = max(row.arrived_s, heapq.heappop(free))
        heapq.heappush(free, start_s + row.service_s)
        assert row.queue_wait_s == pytest.approx(start_s - row.arrived_s, abs=1e-6)


def _after_one_has_left(upstream: EmbeddedUpstream) -> tuple[Row, Row]:
    with dial(upstream) as sock:
        sock.sendall(_named("left.1"))
        until(lambda: upstream.upstream.pool.workers.busy > 0)
    until(lambda: upstream.upstream.pool.abandoned > 0)
    ask(upstream, _named("next.1"), 2.0)
    found = {row.key: row for row in rows(upstream, 2)}
    return found["left.1"], found["next.1"]


def test_a_worker_finishes_abandoned_work(start: Start) -> None:
    left, following = _after_one_has_left(start({"workers": 1}, value_s=0.3))

    assert left.client_gone
    assert left.service_s == pytest.approx(0.3)
    assert following.arrived_s + following.queue_wait_s == pytest.approx(left.arrived_s + 0.3, abs=1e-6)


def test_cancelled_work_makes_room_for_the_next(start: Start) -> None:
    left, following = _after_one_has_left(start({"workers": 1, "abandoned": "cancel"}, value_s=0.3))

    assert left.client_gone
    assert following.queue_wait_s == 0.0


def test_who_finds_the_queue_full_gets_503_at_once(start: Start) -> None:
    upstream = start({"workers": 1, "queue": 2}, value_s=0.8)

    served = _crowd(upstream, 6)

    assert sorted(row.status for row in served) == [200, 200, 200, 503, 503, 503]
    assert {row.fault for row in served if row.status == 503} == {"overflow"}
    assert all(row.intended_delay_s == 0.0 for row in served if row.status == 503)


def test_an_overflow_can_be_a_reset(start: Start) -> None:
    upstream = start({"workers": 1, "queue": 0, "overflow": "reset"}, value_s=0.3)
    with dial(upstream) as sock:
        sock.sendall(_named("first.1"))
        until(lambda: upstream.upstream.pool.workers.busy > 0)

        received = ask(upstream, _named("second.1"))

    assert (received.data, received.end) == (b"", "reset")


def test_the_same_attempt_takes_the_same_time_in_any_order(start: Start) -> None:
    lognormal = {"distribution": "lognormal", "median_s": 0.002, "sigma": 1.0}
    times: list[dict[str, float]] = []
    for order in (range(20), reversed(range(20))):
        with EmbeddedUpstream(
            build(Profile, {"name": "t", "seed": 3, "service_time": lognormal}, "test")
        ) as upstream:
            for number in order:
                requests.get(upstream.url + "/hello", headers={"X-Surgeline-Key": f"{number}.1"}, timeout=5)
            times.append({row.key: round(row.service_s, 9) for row in rows(upstream, 20)})

    assert times[0] == times[1]
    assert len(set(times[0].values())) == 20
