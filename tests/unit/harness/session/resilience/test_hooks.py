"""Sessions and pools that pass every attempt through a pipeline, with and without hedges."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from harness.model.hedge_settings import NotHedged
from harness.session.resilience.call_context import current
from tests.unit.harness.session.conftest import HOST
from tests.unit.harness.session.fakes import Clock, Reply
from tests.unit.harness.session.resilience.test_pipeline import LIMIT_1, Policed

BUDGET = {"total": 0, "budget": {"kind": "ratio", "ratio": 0.0, "min_per_s": 1.0}}
HEDGE = {"hedge": {"delay_s": 60.0}, "retry": BUDGET}


def hosts_of(bench: Policed) -> Any:
    hedging = bench.controls.pipeline.hedging
    assert hedging is not None
    return hedging.host(HOST)


def test_a_response_that_does_not_decide_is_followed_by_a_hedge(clock: Clock) -> None:
    bench = Policed(clock, **HEDGE)
    bench.peer.replies = [Reply(503), Reply(200)]
    first, second = bench.call().attempts
    assert (bench.response.status_code, len(bench.peer.seen)) == (200, 2)  # type: ignore[union-attr]
    assert (first.hedge, first.lost, second.hedge, second.lost) == (False, True, True, False)
    assert (hosts_of(bench).sent, hosts_of(bench).won) == (1, 1)


def test_a_host_that_asks_to_wait_is_not_hedged(clock: Clock) -> None:
    bench = Policed(clock, **HEDGE)
    bench.peer.replies = [Reply(503, headers={"Retry-After": "3"})]
    (attempt,) = bench.call().attempts
    assert (attempt.status, len(bench.peer.seen)) == (503, 1)
    assert attempt.unhedged == NotHedged.RETRY_AFTER
    assert hosts_of(bench).not_before_s == pytest.approx(clock() + 3.0, abs=0.1)


def test_a_method_that_may_be_executed_once_only_is_not_hedged_and_says_so(clock: Clock) -> None:
    bench = Policed(clock, **HEDGE)
    bench.peer.replies = [Reply(503)]
    (attempt,) = bench.call("POST").attempts
    assert (attempt.status, attempt.unhedged) == (503, NotHedged.METHOD)


def test_where_the_delay_is_learned_every_first_attempt_counts_for_it(clock: Clock) -> None:
    bench = Policed(clock, hedge={}, retry=BUDGET)
    bench.call()
    bench.peer.replies = [Reply(after_s=0.5)]
    bench.call()
    assert list(hosts_of(bench)._times._kept) == [pytest.approx(0.021), pytest.approx(0.5)]


@pytest.mark.parametrize("size", [3, 25])
def test_a_pool_that_is_used_later_has_the_size_of_the_lever(clock: Clock, size: int) -> None:
    bench = Policed(clock)
    bench.controls.set_pool_maxsize(size)
    bench.call()
    (pool,) = bench.controls.hooks._pools
    assert pool.pool is not None
    assert pool.pool.maxsize == size


def test_a_session_is_put_on_once(clock: Clock) -> None:
    bench = Policed(clock, timeout={"total_s": 5.0})
    sent = bench.session.__dict__["send"]
    assert bench.controls.attach(bench.session) is bench.session
    assert bench.session.__dict__["send"] is sent


def test_sessions_that_are_gone_are_forgotten(clock: Clock) -> None:
    bench = Policed(clock)
    for _ in range(5):
        bench.controls.attach(requests.Session())
    assert len(bench.controls.hooks._sessions) <= 2


def test_a_call_within_a_call_has_the_same_deadline(clock: Clock) -> None:
    bench = Policed(clock, timeout={"total_s": 5.0})
    context = bench.controls.pipeline.begin()
    token = current.set(context)
    try:
        clock.sleep(6.0)
        with pytest.raises(requests.ConnectionError, match="the deadline for all attempts has passed"):
            bench.call()
    finally:
        current.reset(token)


def test_an_attempt_that_a_limiter_admitted_counts_from_when_it_is_sent(clock: Clock) -> None:
    bench = Policed(clock, limiter=LIMIT_1)
    bench.call()
    limiter = bench.controls.pipeline.hosts[HOST].limiter
    assert limiter is not None
    assert (limiter.in_flight, limiter._responses_s) == (0, [pytest.approx(0.021)])


def test_a_streamed_response_holds_its_places_until_it_is_closed(clock: Clock) -> None:
    bench = Policed(clock, bulkhead={"connections": 1, "wait_s": 0.0})
    response = bench.session.get("http://upstream.test/", stream=True)
    bulkhead = bench.controls.pipeline.hosts[HOST].bulkhead
    assert bulkhead is not None
    assert bulkhead.taken == 1
    response.close()
    assert bulkhead.taken == 0


def test_a_hedged_call_is_one_call_and_one_retry_to_the_budget(clock: Clock) -> None:
    bench = Policed(clock, **HEDGE)
    bench.peer.replies = [Reply(503), Reply(200)]
    bench.call()
    assert bench.controls.pipeline.budget._window.counts(clock()) == (1, 1)  # type: ignore[union-attr]
