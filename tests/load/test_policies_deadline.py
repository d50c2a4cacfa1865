"""The deadline over all attempts, against an upstream that does everything to outlast it."""

from __future__ import annotations

from typing import Any

import pytest

from harness.model.call import Outcome
from tests.load.served import Served, upstream

TOTAL_S = 0.5
RETRIES = {"total": 5, "status_forcelist": [503]}
OUTLASTING: dict[str, dict[str, Any]] = {
    "a hang": {"kind": "hang"},
    "a hang in the body": {"kind": "hang", "when": "in_body", "after_bytes": 10},
    "a body that drips": {"kind": "drip", "part": "body", "every_s": 0.05},
    "headers that drip": {"kind": "drip", "part": "headers", "every_s": 0.05},
    "Retry-After": {"kind": "status", "status": 503, "retry_after_s": 60},
    "a listener that accepts no connection": {"kind": "accept_full"},
}


@pytest.mark.parametrize("how", OUTLASTING)
def test_a_call_ends_at_its_deadline_at_the_latest(how: str) -> None:
    with upstream(OUTLASTING[how]) as served:
        client = Served(served, timeout={"total_s": TOTAL_S, "connect_s": 5.0, "read_s": 5.0}, retry=RETRIES)
        call = client.call()
        assert call.outcome is Outcome.DEADLINE
        assert call.ended_s - call.started_s < TOTAL_S + 0.4
        client.assert_whole()


def test_a_call_within_its_deadline_is_not_changed() -> None:
    with upstream(service_time={"distribution": "fixed", "value_s": 0.02}) as served:
        client = Served(served, timeout={"total_s": 5.0}, adapter={"pool_maxsize": 1})
        outcomes = {client.call().outcome for _ in range(20)}
        assert outcomes == {Outcome.OK}
        assert sum(attempt.new_connection for call in client.calls for attempt in call.attempts) == 1
        client.assert_whole()


def test_the_wait_for_a_connection_of_a_blocking_pool_ends_at_the_deadline() -> None:
    with upstream() as served:
        client = Served(served, timeout={"total_s": TOTAL_S}, adapter={"pool_maxsize": 1, "pool_block": True})
        held = client.session.get(served.url + "/get", stream=True)
        call = client.call()
        assert call.outcome is Outcome.DEADLINE
        assert call.ended_s - call.started_s < TOTAL_S + 0.4
        assert held.content
        client.assert_whole()
