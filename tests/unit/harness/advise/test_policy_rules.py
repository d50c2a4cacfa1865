"""The rules by which a policy follows from answers."""

from __future__ import annotations

from typing import Any

import pytest

from harness.advise.capacity_estimate import estimate
from harness.advise.policy_rules import hedges, policy_settings, retries, retry_budget, slots
from tests.unit.harness.advise.made_answers import answers

TAIL = {"p99_s": 0.6}


def settings(**changed: Any) -> dict[str, Any]:
    given = answers(**changed)
    return {each.key: each.value for each in policy_settings(given, estimate(given))}


def test_the_deadline_is_the_budget_of_the_caller() -> None:
    assert settings(budget_s=0.7)["timeout.total_s"] == 0.7


@pytest.mark.parametrize(("cost", "wanted"), [("low", 0), ("medium", 1), ("high", 1)])
def test_the_cost_of_a_failure_decides_how_often_a_call_is_retried(cost: str, wanted: int) -> None:
    given = answers(failure_cost=cost, peak_per_s=200.0)
    assert retries(given, estimate(given)) == wanted


def test_two_retries_need_a_headroom_of_more_than_two() -> None:
    given = answers(failure_cost="high", peak_per_s=60.0)
    assert estimate(given).headroom > 2
    assert retries(given, estimate(given)) == 2


@pytest.mark.parametrize("peak_per_s", [20.0, 120.0, 240.0, 300.0, 320.0, 340.0])
def test_the_share_of_retries_is_below_the_headroom(peak_per_s: float) -> None:
    given = answers(failure_cost="high", peak_per_s=peak_per_s)
    found = estimate(given)
    budget = retry_budget(found)
    assert budget is None or budget < found.headroom
    assert (budget is None) == (found.headroom <= 0.1)


def test_a_call_that_must_not_be_repeated_is_not_retried() -> None:
    found = settings(method="POST", idempotent=False)
    assert not [key for key in found if key.startswith(("retry", "hedge"))]


def test_a_long_tail_is_hedged_where_it_is_harmless() -> None:
    found = settings(upstream=TAIL, peak_per_s=40.0)
    assert found["hedge.max_attempts"] == 2
    assert found["retry.total"] == 0
    assert found["retry.budget.ratio"] == 0.055


@pytest.mark.parametrize(
    "changed",
    [
        {"peak_per_s": 250.0},
        {"upstream": {**TAIL, "workers": None}},
        {"method": "POST", "idempotency_key": "Key"},
        {"upstream": {"p99_s": 0.1}},
    ],
    ids=["above 60% load", "unknown load", "a write", "a short tail"],
)
def test_other_calls_are_not_hedged(changed: dict[str, Any]) -> None:
    given = answers(**{"upstream": TAIL, "peak_per_s": 40.0, **changed})
    assert not hedges(given, estimate(given))


def test_connections_are_those_of_littles_law_at_the_p99() -> None:
    given = answers()
    found = estimate(given)
    busy = found.rate_per_s * found.response_s(0.99)
    assert busy < slots(given, found) < busy + 5 * busy**0.5 + 1


def test_two_attempts_fit_into_the_budget() -> None:
    assert settings()["timeout.read_s"] <= 0.5


def test_each_setting_has_a_reason_and_a_source() -> None:
    given = answers(failure_cost="low", upstream=TAIL, peak_per_s=40.0)
    assert all(each.reason and each.source for each in policy_settings(given, estimate(given)))
