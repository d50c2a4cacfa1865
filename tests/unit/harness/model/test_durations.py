"""No policy waits longer, or counts in a shorter window, than clocks, locks and sockets can."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from harness.model.policy import Policy

TOO_MUCH = [
    {"timeout": {"connect_s": 1e300}},
    {"timeout": {"read_s": 1e10}},
    {"timeout": {"total_s": 1e300}},
    {"retry": {"backoff_max": 1e300}},
    {"retry": {"retry_after_max": 10**12}},
    {"retry": {"backoff": {"kind": "full", "cap_s": 1e300}}},
    {"retry": {"budget": {"kind": "ratio", "window_s": 1e-320}}},
    {"breaker": {"window_s": 1e-320}},
    {"breaker": {"open_s": 1e300}},
    {"throttle": {"kind": "rate", "rate_per_s": 1e-320}},
    {"throttle": {"kind": "adaptive", "window_s": 1e-320}},
    {"bulkhead": {"connections": 1, "wait_s": 1e300}},
    {"limiter": {"kind": "aimd", "max_wait_s": 1e300}},
    {"hedge": {"delay_s": 1e300}},
]


@pytest.mark.parametrize("table", TOO_MUCH, ids=str)
def test_what_nothing_can_wait_for_is_refused(table: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="equal to"):
        Policy.model_validate({"name": "a", **table})
