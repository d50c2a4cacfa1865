"""Levers that change a pipeline while it is in use."""

from __future__ import annotations

from typing import Any

import pytest

from harness.model.policy import Policy
from harness.session.resilience.controls import Controls
from harness.session.resilience.pipeline import Pipeline
from mock_upstream.config.toml import build
from tests.unit.harness.session.fakes import Clock


def controls(**tables: Any) -> Controls:
    """Those of a policy, on a clock that stands still."""
    policy = build(Policy, {"name": "p", **tables}, "p.toml")
    return Controls(policy, Pipeline(policy, Clock(100.0)))


def test_hedges_without_a_budget_of_the_policy_are_a_twentieth_of_the_calls() -> None:
    lever = controls()
    lever.set_hedge(True)
    budget = lever.pipeline.budget
    assert budget is not None
    for _ in range(19):
        budget.call(100.0)
    assert budget.withdraw(100.0, throttled=False) is None
    budget.call(100.0)
    assert budget.withdraw(100.0, throttled=False) == 1.0


def test_hedges_take_from_the_policy_s_own_budget() -> None:
    lever = controls(retry={"total": 2, "budget": {"kind": "quota"}})
    own = lever.pipeline.budget
    lever.set_hedge(True)
    assert lever.pipeline.budget is own
    lever.set_hedge(False)
    assert lever.pipeline.budget is own


def test_switching_hedges_off_takes_their_budget_away_and_leaves_another() -> None:
    lever = controls()
    lever.set_hedge(True)
    lever.set_hedge(False)
    assert (lever.pipeline.budget, lever.pipeline.hedging) == (None, None)
    lever.set_budget(0.5)
    written = lever.pipeline.budget
    lever.set_hedge(True)
    lever.set_hedge(False)
    assert lever.pipeline.budget is written


def test_the_lever_hedges_as_the_policy_says_and_with_the_defaults_where_it_says_nothing() -> None:
    lever = controls(hedge={"delay_s": 0.25}, retry={"total": 0, "budget": {"kind": "ratio", "ratio": 0.1}})
    lever.set_hedge(False)
    assert lever.pipeline.hedging is None
    lever.set_hedge(True)
    assert lever.pipeline.hedging.settings.delay_s == 0.25
    usual = controls()
    usual.set_hedge(True)
    assert usual.pipeline.hedging.settings.delay_s is None


@pytest.mark.parametrize("ratio", [0.1, 0.5])
def test_a_budget_of_the_lever_allows_its_share_of_the_calls_and_no_more(ratio: float) -> None:
    lever = controls()
    lever.set_budget(ratio)
    budget = lever.pipeline.budget
    assert budget is not None
    for _ in range(20):
        budget.call(100.0)
    paid = [budget.withdraw(100.0, throttled=False) for _ in range(20)]
    assert paid.count(1.0) == 20 * ratio


def test_a_limiter_of_its_own_replaces_the_policy_s_until_it_is_taken_away() -> None:
    lever = controls(limiter={"kind": "aimd", "initial": 7})
    own = lever.pipeline.limiter
    lever.set_limiter(False)
    assert lever.pipeline.limiter is None
    lever.set_limiter(True)
    assert lever.pipeline.limiter is own
    other = controls(limiter={"kind": "aimd", "initial": 9}).pipeline.limiter
    lever.take_limiter(other)
    assert lever.pipeline.limiter is other
    lever.take_limiter(None)
    lever.set_limiter(True)
    assert lever.pipeline.limiter is other


def test_without_a_limiter_of_the_policy_the_lever_begins_envoy_s() -> None:
    lever = controls()
    lever.set_limiter(True)
    assert lever.pipeline.limiter is not None
    assert lever.pipeline.limiter.kind == "envoy"


@pytest.mark.parametrize(("total", "expected"), [(False, False), (3, 3), (0, 0), (True, None), (None, None)])
def test_true_and_none_leave_the_retries_to_the_session(total: Any, expected: Any) -> None:
    lever = controls()
    lever.set_retries(total)
    assert lever.pipeline.retries_total is expected


def test_a_lever_makes_an_idle_pipeline_pass_every_attempt() -> None:
    for pull in (
        lambda lever: lever.set_breaker("open"),
        lambda lever: lever.set_timeouts(1.0, None),
        lambda lever: lever.set_hedge(True),
        lambda lever: lever.set_pool_maxsize(3),
    ):
        lever = controls()
        assert not lever.hooks._activated
        pull(lever)
        assert lever.hooks._activated


def test_timeouts_and_a_forced_breaker_are_kept() -> None:
    lever = controls()
    lever.set_timeouts(0.5, 2.0)
    lever.set_breaker("closed")
    assert (lever.pipeline.connect_s, lever.pipeline.read_s, lever.pipeline.forced_breaker) == (
        0.5,
        2.0,
        "closed",
    )
