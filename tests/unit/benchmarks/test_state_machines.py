"""A few sequences of every machine; and that a machine notices a fault."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.state_machines import MACHINES, run
from harness.record.writer import TableWriter
from harness.session.limits import vegas
from harness.session.resilience.budget import QuotaBudget
from harness.session.resilience.bulkhead import Slot
from harness.session.resilience.circuit_breaker import CircuitBreaker
from harness.session.resilience.throttle import AdaptiveThrottle, RateThrottle
from harness.session.trace.pool_gauge import PoolGauge
from mock_upstream.engine.queue_model import Workers


@pytest.mark.parametrize("name", MACHINES)
def test_code_and_model_agree(name: str) -> None:
    ran = run(MACHINES[name], 10, 1)
    assert ran.findings == []
    assert ran.sequences >= 10


def _nothing(*_: Any) -> None:
    """Does nothing."""


FAULTS = [
    ("breaker", CircuitBreaker, "_judge", _nothing),
    ("budgets", QuotaBudget, "result", _nothing),
    ("bulkhead", Slot, "free", lambda slot: slot._bulkhead.leave()),
    ("limiter", vegas, "_change", lambda *_: 1),
    ("pool gauge", PoolGauge, "count_stale", _nothing),
    ("queue model", Workers, "pause", _nothing),
    ("record writer", TableWriter, "flush", _nothing),
    ("throttle, adaptive", AdaptiveThrottle, "accepted", _nothing),
    ("throttle, rate", RateThrottle, "reserve", lambda *_: 0.0),
]


@pytest.mark.parametrize(("name", "owner", "method", "broken"), FAULTS, ids=[name for name, *_ in FAULTS])
def test_a_fault_is_found(
    monkeypatch: pytest.MonkeyPatch, name: str, owner: Any, method: str, broken: Any
) -> None:
    monkeypatch.setattr(owner, method, broken)
    assert len(run(MACHINES[name], 100, 1, shorten=False).findings) == 1
