"""When a hedge is not sent: each guard, and nothing is held or withdrawn afterwards."""

from __future__ import annotations

from typing import Any

import pytest
from urllib3.connectionpool import HTTPConnectionPool

from harness.model.hedge_settings import NotHedged
from harness.model.policy import Policy
from harness.session.resilience.call_context import CallContext
from harness.session.resilience.hedge_admission import hedge_admission
from harness.session.resilience.pipeline import Pipeline
from mock_upstream.config.toml import build
from tests.unit.harness.session.fakes import Clock

HOST = "http://upstream.test:80"
BUDGET = {"total": 0, "budget": {"kind": "ratio", "ratio": 0.0, "min_per_s": 1.0}}


def _pipeline(**tables: Any) -> Pipeline:
    policy = build(Policy, {"name": "p", "hedge": {}, "retry": BUDGET, **tables}, "p.toml")
    return Pipeline(policy, Clock(100.0))


def _admission(pipeline: Pipeline, pool: HTTPConnectionPool | None = None) -> NotHedged | None:
    context = CallContext(None)
    found = hedge_admission(pipeline, context, HOST, pool or HTTPConnectionPool("upstream.test"))
    context.let_go()
    return found


def test_a_hedge_is_sent_where_nothing_is_against_it() -> None:
    assert _admission(_pipeline()) is None


def test_not_while_a_retry_after_pends() -> None:
    pipeline = _pipeline()
    assert pipeline.hedging is not None
    pipeline.hedging.host(HOST).not_before_s = 100.5
    assert _admission(pipeline) is NotHedged.RETRY_AFTER


def test_not_while_the_breaker_is_open_nor_while_it_probes() -> None:
    pipeline = _pipeline(breaker={"minimum": 1, "open_s": 5.0})
    breaker = pipeline.host(HOST).breaker
    assert breaker is not None
    breaker.settle(0, 100.0, False)
    assert _admission(pipeline) is NotHedged.BREAKER
    pipeline.clock.sleep(6.0)  # type: ignore[attr-defined]
    assert breaker.state(pipeline.clock()) == "half-open"
    assert _admission(pipeline) is NotHedged.BREAKER


def test_not_while_a_lever_holds_the_breaker_open() -> None:
    pipeline = _pipeline()
    pipeline.forced_breaker = "open"
    assert _admission(pipeline) is NotHedged.BREAKER


def test_not_where_the_throttle_would_delay_it() -> None:
    pipeline = _pipeline(throttle={"kind": "rate", "rate_per_s": 1.0})
    assert _admission(pipeline) is None
    assert _admission(pipeline) is NotHedged.THROTTLE


@pytest.mark.parametrize("block", [True, False])
def test_not_while_every_slot_of_the_pool_is_in_use(block: bool) -> None:
    pool = HTTPConnectionPool("upstream.test", maxsize=1, block=block)
    assert pool.pool is not None
    pool.pool.get()
    assert _admission(_pipeline(), pool) is NotHedged.SLOT


def test_not_while_the_bulkhead_is_full() -> None:
    pipeline = _pipeline(bulkhead={"connections": 1})
    bulkhead = pipeline.host(HOST).bulkhead
    assert bulkhead is not None
    held = bulkhead.enter(0.0)
    assert held is not None
    assert _admission(pipeline) is NotHedged.SLOT
    held.free()
    assert _admission(pipeline) is None


def test_not_while_the_limit_is_in_use() -> None:
    pipeline = _pipeline(limiter={"kind": "aimd", "initial": 1, "most": 1})
    limiter = pipeline.limiter_of(pipeline.host(HOST))
    assert limiter is not None
    assert limiter.enter(0.0) is not None
    assert _admission(pipeline) is NotHedged.LIMITER
    assert limiter.in_flight == 1


def test_not_beyond_the_budget() -> None:
    pipeline = _pipeline()
    found = [_admission(pipeline) for _ in range(11)]
    assert found == [None] * 10 + [NotHedged.BUDGET]


def test_not_without_a_budget() -> None:
    pipeline = _pipeline()
    pipeline.budget = None
    assert _admission(pipeline) is NotHedged.BUDGET
