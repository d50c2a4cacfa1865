"""Warnings about a policy's settings."""

from __future__ import annotations

from typing import Any

import pytest

from harness.inputs.policies import read_policy
from harness.model.policy import BuiltDifference, Policy
from harness.model.policy_warnings import policy_warnings
from mock_upstream.config.toml import build

SOUND: dict[str, Any] = {"adapter": {"pool_maxsize": 64}, "timeout": {"connect_s": 0.5, "read_s": 1.0}}

CAP: dict[str, Any] = {"kind": "ratio", "ratio": 0.055}
UNCAPPED: dict[str, Any] = {"total": 0, "budget": {"kind": "ratio", "ratio": 10.0}}


def _warned(**tables: Any) -> dict[str, str]:
    policy = build(Policy, {"name": "p", **SOUND, **tables}, "p.toml")
    return {warning.key: str(warning) for warning in policy_warnings(policy, threads=64)}


def test_a_safe_policy_has_no_warnings() -> None:
    assert _warned() == {}


def test_capped_hedges_are_not_warned_about() -> None:
    assert _warned(hedge={}, retry={"total": 0, "budget": CAP}) == {}


@pytest.mark.parametrize("transport", ["httpx", "httpx-async", "aiohttp"])
def test_the_other_libraries_limit_their_waits_by_default(transport: str) -> None:
    assert _warned(transport=transport, timeout={}, adapter={"pool_maxsize": 64, "pool_block": True}) == {}


@pytest.mark.parametrize("transport", ["httpx", "httpx-async", "aiohttp"])
def test_a_small_pool_of_another_library_makes_threads_wait(transport: str) -> None:
    assert (
        "the other threads wait;"
        in _warned(transport=transport, adapter={"pool_maxsize": 5})["adapter.pool_maxsize"]
    )


@pytest.mark.parametrize("limiter", [{"kind": "envoy", "most": 64}, {"kind": "vegas"}])
def test_a_limit_that_does_not_grow_beyond_the_threads_is_not_warned_about(limiter: dict[str, Any]) -> None:
    assert _warned(limiter=limiter) == {}


@pytest.mark.parametrize(
    ("tables", "key", "words"),
    [
        ({"session": {"verify": False}}, "session.verify", "anyone on the network path"),
        ({"session": {"scope": "call"}}, "session.scope", "opens a new connection"),
        ({"adapter": {"pool_maxsize": 10}}, "adapter.pool_maxsize", "10 slots for 64 threads"),
        ({"adapter": {"pool_maxsize": 64, "pool_block": True}}, "adapter.pool_block", "has no limit"),
        ({"timeout": {"connect_s": 1.0}}, "timeout.read_s", "waits without limit"),
        ({"timeout": {"read_s": 1.0}}, "timeout.connect_s", "for minutes"),
        (
            {"retry": {"total": 1, "allowed_methods": ["POST"]}},
            "retry.allowed_methods",
            "may be executed twice",
        ),
        ({"retry": {"total": 1, "allowed_methods": False}}, "retry.allowed_methods", "may be executed twice"),
        ({"retry": {"total": 1}}, "retry.retry_after_max", "21,600 s"),
        ({"retry": {"total": 3, "backoff_factor": 0.5}}, "retry.total", "may last 7.0 s"),
        ({"retry": {"total": 1}}, "retry.backoff_factor", "first retry is immediate"),
        ({"retry": {"total": 4}}, "retry.budget", "5 times the load"),
        ({"limiter": {"kind": "envoy"}}, "limiter.most", "grows to 1000, of which 64 threads"),
        ({"hedge": {}, "retry": UNCAPPED}, "retry.budget", "hedges may be more than 10% of calls"),
    ],
)
def test_a_dangerous_number_is_warned_about_with_its_reason(
    tables: dict[str, Any], key: str, words: str
) -> None:
    assert words in _warned(**tables)[key]


@pytest.mark.parametrize(
    ("tables", "key"),
    [
        (
            {"adapter": {"pool_block": True, "pool_maxsize": 64}, "bulkhead": {"connections": 64}},
            "adapter.pool_block",
        ),
        (
            {"adapter": {"pool_block": True, "pool_maxsize": 64}, "timeout": {"total_s": 2.0}},
            "adapter.pool_block",
        ),
        ({"timeout": {"total_s": 2.0}}, "timeout.read_s"),
        ({"timeout": {"total_s": 2.0}, "retry": {"total": 1}}, "retry.retry_after_max"),
        ({"retry": {"total": 1, "backoff": {"kind": "full"}}}, "retry.backoff_factor"),
        ({"retry": {"total": 4, "budget": {"kind": "ratio"}}}, "retry.budget"),
    ],
)
def test_the_remedy_silences_the_warning(tables: dict[str, Any], key: str) -> None:
    assert key not in _warned(**tables)


def test_the_textbook_is_warned_about_and_the_stateless_too() -> None:
    for name in ("textbook", "stateless"):
        assert len(policy_warnings(read_policy(name), threads=64)) >= 2


def test_a_setting_that_was_built_otherwise_is_warned_about_with_both_values() -> None:
    built = BuiltDifference(key="adapter.pool_maxsize", declared="64", built="3")
    policy = Policy(name="p", built_otherwise=(built,))
    found = policy_warnings(policy, threads=1)[0]
    assert (found.key, found.reason) == (
        "adapter.pool_maxsize",
        "the policy declares 64, and the built Session has 3",
    )


def test_hedging_over_a_session_that_retries_by_itself_is_warned_about() -> None:
    tables = {"hedge": {}, "factory": "a:b", "retry": {"budget": CAP}}
    policy = build(Policy, {"name": "p", **tables}, "p.toml")
    said = {warning.key: str(warning) for warning in policy_warnings(policy, threads=10)}
    assert "the Session retries up to 10 times by itself" in said["hedge"]


def test_nothing_is_said_about_sessions_that_the_policy_does_not_know() -> None:
    assert policy_warnings(read_policy("as-is"), 32) == []
