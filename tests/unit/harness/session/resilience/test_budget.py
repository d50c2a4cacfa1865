"""Budgets for retries, against what their inventors publish."""

from __future__ import annotations

from random import Random

import pytest

from harness.model import resilience_settings
from harness.session.resilience.budget import QuotaBudget, RatioBudget, RetryBudget, TokenBudget, budget


def _amplification(spend: RetryBudget, failing: float, retries: int = 3, calls: int = 20_000) -> float:
    """Attempts per call at 1,000 calls a second, each attempt failing independently."""
    rng, attempts = Random(3), 0
    for number in range(calls):
        now, paid = number / 1000.0, 0.0
        spend.call(now)
        for _ in range(retries + 1):
            attempts += 1
            ok = rng.random() >= failing
            spend.result(ok, paid)
            paid = 0.0 if ok else spend.withdraw(now, throttled=False) or -1.0
            if ok or paid < 0:
                break
    return attempts / calls


@pytest.mark.parametrize("failing", [0.1, 0.5, 0.9])
def test_a_tenth_of_a_budget_holds_amplification_at_1_10(failing: float) -> None:
    spend = RatioBudget(resilience_settings.RatioBudgetSettings(kind="ratio", ratio=0.1, min_per_s=0.0))
    assert _amplification(spend, failing) == pytest.approx(1.1, abs=0.015)


def test_the_minimum_rate_lets_a_client_with_few_calls_retry() -> None:
    spend = RatioBudget(
        resilience_settings.RatioBudgetSettings(kind="ratio", ratio=0.0, min_per_s=10.0, window_s=10.0)
    )
    granted = [spend.withdraw(1.0, throttled=False) for _ in range(101)]
    assert granted == [1.0] * 100 + [None]


def test_the_ratio_s_retries_are_restored_as_the_window_passes() -> None:
    spend = RatioBudget(
        resilience_settings.RatioBudgetSettings(kind="ratio", ratio=0.0, min_per_s=0.1, window_s=10.0)
    )
    assert [spend.withdraw(now, throttled=False) for now in (1.0, 5.0, 12.1)] == [1.0, None, 1.0]


def test_the_quota_pays_for_35_retries_and_no_more() -> None:
    spend = QuotaBudget(resilience_settings.QuotaBudgetSettings(kind="quota"))
    granted = [spend.withdraw(0.0, throttled=False) for _ in range(36)]
    assert granted == [14.0] * 35 + [None]


def test_the_quota_s_throttled_retry_is_cheaper() -> None:
    assert (
        QuotaBudget(resilience_settings.QuotaBudgetSettings(kind="quota")).withdraw(0.0, throttled=True)
        == 5.0
    )


def test_a_success_refunds_its_own_retry_or_one_token() -> None:
    spend = QuotaBudget(resilience_settings.QuotaBudgetSettings(kind="quota"))
    for _ in range(3):
        spend.withdraw(0.0, throttled=False)
    spend.result(True, 14.0)
    spend.result(True, 0.0)
    spend.result(False, 14.0)
    assert spend.tokens == 500 - 3 * 14 + 14 + 1


def test_grpc_stops_retrying_at_half_of_its_tokens() -> None:
    spend = TokenBudget(resilience_settings.TokenBudgetSettings(kind="grpc"))
    granted = []
    for _ in range(6):
        spend.result(False, 0.0)
        granted.append(spend.withdraw(0.0, throttled=False))
    assert granted == [0.0] * 4 + [None] * 2


def test_grpc_successes_give_a_tenth_back_and_never_overfill() -> None:
    spend = TokenBudget(resilience_settings.TokenBudgetSettings(kind="grpc"))
    spend.result(False, 0.0)
    for _ in range(30):
        spend.result(True, 0.0)
    assert spend.tokens == 10.0


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        (resilience_settings.RatioBudgetSettings(kind="ratio"), RatioBudget),
        (resilience_settings.QuotaBudgetSettings(kind="quota"), QuotaBudget),
        (resilience_settings.TokenBudgetSettings(kind="grpc"), TokenBudget),
    ],
)
def test_each_kind_of_settings_gets_its_budget(
    settings: resilience_settings.BudgetSettings, kind: type
) -> None:
    assert isinstance(budget(settings), kind)


def test_a_quota_that_pays_for_just_one_more_retry_is_not_exhausted() -> None:
    settings = resilience_settings.QuotaBudgetSettings(
        kind="quota", tokens=28, retry_cost=14, throttled_cost=14
    )
    spend = QuotaBudget(settings)
    spend.withdraw(0.0, throttled=False)
    assert spend.left_ratio(0.0) == 0.5
    spend.withdraw(0.0, throttled=False)
    assert spend.left_ratio(0.0) == 0.0


def test_a_quota_that_pays_for_the_cheaper_retry_alone_is_not_exhausted() -> None:
    settings = resilience_settings.QuotaBudgetSettings(
        kind="quota", tokens=24, retry_cost=14, throttled_cost=5
    )
    spend = QuotaBudget(settings)
    spend.withdraw(0.0, throttled=False)
    assert spend.withdraw(0.0, throttled=False) is None
    assert spend.left_ratio(0.0) == pytest.approx(10 / 24)


def test_a_quota_is_never_more_than_full() -> None:
    spend = QuotaBudget(resilience_settings.QuotaBudgetSettings(kind="quota"))
    spend.result(True, 0.0)
    assert spend.left_ratio(0.0) == 1.0


def test_a_ratio_s_left_share_is_of_the_retries_that_its_calls_allow() -> None:
    spend = RatioBudget(resilience_settings.RatioBudgetSettings(kind="ratio", ratio=0.1, min_per_s=0.0))
    for _ in range(40):
        spend.call(1.0)
    assert spend.left_ratio(1.0) == 1.0
    left = []
    for _ in range(4):
        spend.withdraw(1.0, throttled=False)
        left.append(spend.left_ratio(1.0))
    assert left == [0.75, 0.5, 0.25, 0.0]


def test_less_than_one_whole_retry_is_none() -> None:
    spend = RatioBudget(resilience_settings.RatioBudgetSettings(kind="ratio", ratio=0.1, min_per_s=0.0))
    for _ in range(9):
        spend.call(1.0)
    assert spend.left_ratio(1.0) == 0.0
    assert spend.withdraw(1.0, throttled=False) is None


def test_grpc_s_left_share_is_what_is_above_half() -> None:
    spend = TokenBudget(resilience_settings.TokenBudgetSettings(kind="grpc"))
    left = []
    for _ in range(7):
        left.append(spend.left_ratio(0.0))
        spend.result(False, 0.0)
    assert left == pytest.approx([1.0, 0.8, 0.6, 0.4, 0.2, 0.0, 0.0])


def test_grpc_s_tokens_never_fall_below_none() -> None:
    spend = TokenBudget(resilience_settings.TokenBudgetSettings(kind="grpc"))
    for _ in range(15):
        spend.result(False, 0.0)
    assert spend.tokens == 0.0


def test_29_percent_of_100_calls_are_29_retries() -> None:
    spend = RatioBudget(resilience_settings.RatioBudgetSettings(kind="ratio", ratio=0.29, min_per_s=0.0))
    for _ in range(100):
        spend.call(1.0)
    assert [spend.withdraw(1.0, throttled=False) for _ in range(30)] == [1.0] * 29 + [None]


def test_grpc_s_successes_add_up_to_exactly_what_a_failure_took() -> None:
    spend = TokenBudget(resilience_settings.TokenBudgetSettings(kind="grpc"))
    for _ in range(10):
        spend.result(False, 0.0)
    for _ in range(50):
        spend.result(True, 0.0)
    assert spend.tokens == 5.0
    assert spend.withdraw(0.0, throttled=False) is None
    spend.result(True, 0.0)
    assert spend.withdraw(0.0, throttled=False) == 0.0
