"""What a guard says of itself while calls go on."""

from __future__ import annotations

from random import Random

import pytest

from harness.model import resilience_settings
from harness.model.policy import Policy
from harness.session.resilience.budget import QuotaBudget, RatioBudget, TokenBudget
from harness.session.resilience.call_context import CallContext
from harness.session.resilience.controls import Controls
from harness.session.resilience.pipeline import Pipeline
from harness.session.resilience.status import HostStatus, PolicyStatus, policy_status

HOST = "http://127.0.0.1:1"


class Admitting(Random):
    """Chance that refuses nothing: every draw is as high as it can be."""

    def random(self) -> float:
        """The highest draw."""
        return 1.0


def _guard(**tables: object) -> Pipeline:
    policy = Policy.model_validate({"name": "p", **tables})
    return Pipeline(policy, clock=lambda: 5.0, sleep=lambda _: None, rng=Admitting())


def test_a_policy_without_guards_has_no_readings() -> None:
    assert policy_status(_guard()) == PolicyStatus()


def test_a_deadline_alone_is_no_guard_towards_a_host() -> None:
    guard = _guard(timeout={"total_s": 5.0})
    guard.admit(CallContext(None), HOST)

    assert policy_status(guard) == PolicyStatus()


def test_each_host_s_breaker_is_read() -> None:
    guard = _guard(breaker={"minimum": 1})
    for host, status in ((HOST, 503), ("http://127.0.0.1:2", 200)):
        context = CallContext(None)
        guard.admit(context, host)
        guard.result(context, host, status)

    hosts = policy_status(guard).hosts
    assert [(host.host, host.breaker) for host in hosts] == [(HOST, "open"), ("http://127.0.0.1:2", "closed")]


def test_each_host_s_bulkhead_is_read() -> None:
    guard = _guard(bulkhead={"connections": 5})
    for host in (HOST, HOST, "http://127.0.0.1:2"):
        guard.admit(CallContext(None), host)

    taken = {host.host: (host.bulkhead_taken, host.bulkhead_waiting) for host in policy_status(guard).hosts}
    assert taken == {HOST: (2, 0), "http://127.0.0.1:2": (1, 0)}


def test_each_host_s_limiter_is_read() -> None:
    guard = _guard(limiter={"kind": "vegas", "initial": 5})
    for host in (HOST, HOST, "http://127.0.0.1:2"):
        guard.admit(CallContext(None), host)

    seen = policy_status(guard)
    assert {host.host: (host.limiter_limit, host.limiter_in_flight) for host in seen.hosts} == {
        HOST: (5.0, 2),
        "http://127.0.0.1:2": (5.0, 1),
    }
    assert seen.limits == ((5.0, 2), (5.0, 1))


def test_each_host_s_adaptive_throttle_is_read() -> None:
    guard = _guard(throttle={"kind": "adaptive", "k": 1.0})
    for status in (503, 200):
        context = CallContext(None)
        guard.admit(context, HOST)
        guard.result(context, HOST, status)

    seen = policy_status(guard)
    assert seen.hosts[0].refusal_ratio == pytest.approx((2 - 1) / (2 + 1))
    assert seen.refusal_ratio == seen.hosts[0].refusal_ratio


def test_a_lever_comes_before_the_policy() -> None:
    guard = _guard(breaker={}, throttle={"kind": "rate", "rate_per_s": 50.0})
    guard.admit(CallContext(None), HOST)
    levers = Controls(Policy(name="p"), guard)
    levers.set_breaker("open")
    levers.set_throttle(20.0)

    seen = policy_status(guard)
    assert (seen.breakers, seen.hosts[0].breaker) == (("open",), "open")
    assert (seen.rate_per_s, seen.lever_rate_per_s, seen.hosts[0].rate_per_s) == (20.0, 20.0, 50.0)


def test_a_lever_that_was_taken_back_leaves_a_plain_policy_without_readings() -> None:
    guard = _guard()
    levers = Controls(Policy(name="p"), guard)
    levers.set_breaker("closed")
    guard.admit(CallContext(None), HOST)
    levers.set_breaker("auto")

    assert policy_status(guard) == PolicyStatus()


def test_a_ratio_budget_runs_out_where_retries_are_refused() -> None:
    spend = RatioBudget(
        resilience_settings.RatioBudgetSettings(kind="ratio", ratio=0.0, min_per_s=1.0, window_s=10.0)
    )
    left = [spend.left_ratio(1.0)]
    for _ in range(10):
        assert spend.withdraw(1.0, throttled=False) == 1.0
        left.append(spend.left_ratio(1.0))

    assert left == pytest.approx([1.0 - spent / 10 for spent in range(11)])
    assert spend.withdraw(1.0, throttled=False) is None


def test_a_ratio_budget_is_empty_when_less_than_one_retry_is_left() -> None:
    spend = RatioBudget(
        resilience_settings.RatioBudgetSettings(kind="ratio", ratio=0.0, min_per_s=0.25, window_s=10.0)
    )
    while spend.withdraw(1.0, throttled=False) is not None:
        assert spend.left_ratio(0.9) >= 0.0

    assert spend.left_ratio(1.0) == 0.0


def test_a_quota_is_empty_when_its_tokens_pay_for_no_retry() -> None:
    spend = QuotaBudget(
        resilience_settings.QuotaBudgetSettings(kind="quota", tokens=100, retry_cost=40, throttled_cost=40)
    )
    for _ in range(2):
        spend.withdraw(0.0, throttled=False)

    assert (spend.tokens, spend.left_ratio(0.0)) == (20.0, 0.0)


def test_a_quota_is_what_is_left_of_its_tokens() -> None:
    spend = QuotaBudget(resilience_settings.QuotaBudgetSettings(kind="quota", tokens=100, retry_cost=25))
    spend.withdraw(0.0, throttled=False)

    assert spend.left_ratio(0.0) == 0.75


def test_a_token_budget_is_empty_at_half_of_its_tokens() -> None:
    spend = TokenBudget(resilience_settings.TokenBudgetSettings(kind="grpc", max_tokens=10.0))
    left = [spend.left_ratio(0.0)]
    for _ in range(6):
        spend.result(ok=False, paid=0.0)
        left.append(spend.left_ratio(0.0))

    assert left == pytest.approx([1.0, 0.8, 0.6, 0.4, 0.2, 0.0, 0.0])


def test_of_several_hosts_the_longest_delay_of_a_hedge_is_shown() -> None:
    hosts = tuple(HostStatus(HOST, hedge_delay_s=delay_s) for delay_s in (0.1, None, 0.3))
    assert PolicyStatus(hosts=hosts).hedge_delay_s == 0.3
