"""What Locust's own statistics get of a call."""

from __future__ import annotations

from typing import Any

import pytest
from locust.stats import RequestStats

from harness.drive.locust_stats import forget_seconds, report_call
from harness.model.call import Call, Outcome


def _reported(outcome: Outcome) -> dict[str, Any]:
    call = Call(
        3, 0, "PUT", "/orders", scheduled_s=1.0, started_s=1.4, ended_s=1.5, outcome=outcome, received_bytes=9
    )
    kept: list[dict[str, Any]] = []
    report_call(lambda **given: kept.append(given), call)
    return kept[0]


def test_latency_in_milliseconds_counts_from_the_schedule() -> None:
    assert _reported(Outcome.OK)["response_time"] == pytest.approx(500.0)


def test_a_call_keeps_its_method_route_and_size() -> None:
    found = _reported(Outcome.OK)
    assert (found["request_type"], found["name"], found["response_length"]) == ("PUT", "/orders", 9)


def test_a_good_call_is_no_failure() -> None:
    assert _reported(Outcome.OK)["exception"] is None


@pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if outcome is not Outcome.OK])
def test_every_other_outcome_is_a_failure_by_its_name(outcome: Outcome) -> None:
    assert str(_reported(outcome)["exception"]) == outcome.value


def test_locust_s_counts_per_second_do_not_grow_with_the_run() -> None:
    stats = RequestStats()
    for second in range(200):
        stats.log_request("GET", "/a", 5.0, 10)
        stats.entries["/a", "GET"].num_reqs_per_sec[second] += 1
        stats.total.num_fail_per_sec[second] += 1
    forget_seconds(stats, kept=60)
    assert len(stats.entries["/a", "GET"].num_reqs_per_sec) == 60
    assert min(stats.total.num_fail_per_sec) == 140
    assert stats.total.num_requests == 200
