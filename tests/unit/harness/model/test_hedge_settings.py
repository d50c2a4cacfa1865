"""Settings of hedging: their defaults, what is refused, and one line for each reason."""

from __future__ import annotations

from typing import Any

import pytest

from harness.model.errors import ConfigError
from harness.model.hedge_settings import HedgeSettings, NotHedged
from harness.model.policy import Policy
from mock_upstream.config.toml import build

BUDGET: dict[str, Any] = {"total": 0, "budget": {"kind": "ratio", "ratio": 0.05}}


def _refusal(**tables: Any) -> str:
    with pytest.raises(ConfigError) as refused:
        build(Policy, {"name": "p", **tables}, "p.toml")
    return str(refused.value)


def test_the_delay_is_the_p95_unless_something_else_is_written() -> None:
    assert HedgeSettings().statistic == "p95"
    assert HedgeSettings(delay="p90").statistic == "p90"


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        ({"hedge": {}}, "has [hedge] without retry.budget"),
        ({"hedge": {}, "retry": {"total": 0}}, "has [hedge] without retry.budget"),
        ({"hedge": {}, "retry": {**BUDGET, "total": 1}}, "has [hedge], and retries of the same attempts"),
        ({"hedge": {}, "retry": BUDGET, "session": {"stream": True}}, "has [hedge] and session.stream"),
        ({"hedge": {"methods": ["GET", "POST"]}, "retry": BUDGET}, "has POST in methods without an idempotency key"),
        ({"hedge": {"methods": ["patch"]}, "retry": BUDGET}, "has PATCH in methods without an idempotency key"),
        ({"hedge": {"delay_s": 0.1, "delay": "p95"}, "retry": BUDGET}, "has both delay_s and delay"),
        ({"hedge": {"max_attempts": 6}, "retry": BUDGET}, "hedge.max_attempts"),
        ({"hedge": {}, "transport": "httpx"}, "only requests supports"),
    ],
)  # fmt: skip
def test_what_is_unsafe_is_refused_in_one_line(tables: dict[str, Any], said: str) -> None:
    refusal = _refusal(**tables)
    assert said in refusal
    assert "\n" not in refusal


def test_a_budget_that_only_hedges_use_needs_no_retries() -> None:
    policy = build(Policy, {"name": "p", "hedge": {}, "retry": BUDGET}, "p.toml")
    assert (policy.retries_at_most, policy.attempts_at_most) == (0, 2)


def test_a_team_s_own_session_can_have_hedges_with_a_budget() -> None:
    tables = {"factory": "orders:build", "hedge": {}, "retry": {"budget": BUDGET["budget"]}}
    assert build(Policy, {"name": "p", **tables}, "p.toml").hedge == HedgeSettings()


def test_post_is_hedged_with_the_name_of_its_key() -> None:
    assert HedgeSettings(methods=("POST",), idempotency_key="Idempotency-Key").methods == ("POST",)


@pytest.mark.parametrize("reason", NotHedged)
def test_each_reason_completes_a_sentence(reason: NotHedged) -> None:
    assert reason.because
    assert reason.because[0].islower()
    assert not reason.because.endswith(".")
