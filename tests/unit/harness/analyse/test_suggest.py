"""Suggestions from measurements."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from harness.analyse.suggest import capacity_of, suggestions
from harness.model.policy import Policy
from harness.model.verdict import Comparison, Difference
from surgeline.commands.suggest import helped


def policy(**tables):
    return Policy.model_validate({"name": "p", "timeout": {"connect_s": 0.2, "read_s": 0.1}, **tables})


@pytest.fixture
def evidence(make, rng):
    """20 s of 200 calls a second of 20 ms; `churn` of them open a connection."""

    def build(churn=0.0):
        seen = make(rng.uniform(0.018, 0.022, 4000))
        seen.attempts["new_connection"] = rng.random(4000) < churn
        for name in ("body_s", "drain_s"):
            seen.attempts[name] = 0.0
        return seen

    return build


def keys(found):
    return [each.key for each in found]


def test_a_policy_that_fits_gets_no_suggestion(evidence):
    assert suggestions(policy(adapter={"pool_maxsize": 50}), evidence(), 400.0) == []


def test_a_pool_that_churns_is_sized_by_little_s_law(evidence):
    """200/s × 20 ms = 4 at a time; 4 + 5·√4 = 14."""
    (found,) = suggestions(policy(adapter={"pool_maxsize": 2}), evidence(churn=0.3), 400.0)
    assert (found.key, found.now, found.then) == ("adapter.pool_maxsize", 2, 14)
    assert "n = 4,000" in found.evidence
    assert found.applied(policy(adapter={"pool_maxsize": 2})).adapter.pool_maxsize == 14


def test_a_large_pool_that_churns_is_not_the_pool_s_fault(evidence):
    assert suggestions(policy(adapter={"pool_maxsize": 64}), evidence(churn=0.3), 400.0) == []


@pytest.mark.parametrize(("total", "wanted"), [(0, []), (3, ["retry.budget"])])
def test_retries_that_would_keep_a_backlog_get_a_budget(evidence, total, wanted):
    """200/s against 400/s: with 3 retries a backlog drains only below 100/s."""
    found = suggestions(policy(retry={"total": total}), evidence(), 400.0)
    assert keys(found) == wanted


def test_an_upstream_with_room_for_every_retry_needs_no_budget(evidence):
    assert suggestions(policy(retry={"total": 3}), evidence(), 4000.0) == []


def test_without_a_known_capacity_there_is_no_suggestion_for_retries(evidence):
    assert suggestions(policy(retry={"total": 3}), evidence(), None) == []


@pytest.mark.parametrize("read_s", [None, 8.0])
def test_a_lavish_timeout_is_brought_near_the_slowest_answers(evidence, read_s):
    (found,) = suggestions(policy(timeout={"connect_s": 0.2, "read_s": read_s}), evidence(), 400.0)
    assert (found.key, found.now) == ("timeout.read_s", read_s)
    assert 0.04 <= found.then <= 0.05


def test_too_few_calls_give_no_suggestions(make):
    seen = make(np.full(500, 0.02))
    assert suggestions(policy(timeout={"read_s": 8.0}), seen, 400.0) == []


def test_a_team_s_own_session_is_left_alone(evidence):
    own = Policy.model_validate({"name": "own", "factory": "mine:build"})
    assert suggestions(own, evidence(churn=0.5), 400.0) == []


def test_capacity_is_workers_over_measured_service():
    assert capacity_of(pd.DataFrame({"service_s": [0.02, 0.02, 0.0]}), 8) == pytest.approx(400.0)
    assert capacity_of(pd.DataFrame({"service_s": []}), 8) is None


@pytest.mark.parametrize(
    ("verdict", "words"),
    [("lower", "helped"), ("higher", "made it worse"), ("no difference shown", "no difference")],
)
def test_a_verified_suggestion_reports_whether_it_helped(evidence, verdict, words):
    (found,) = suggestions(policy(adapter={"pool_maxsize": 2}), evidence(churn=0.3), 400.0)
    delta = Difference(
        measurement="connections.opened_per_call", unit="1/call", policy_a="a", policy_b="b", a=0.3, b=0.1,
        difference=-0.2, low=-0.3, high=-0.1, pairs=30, verdict=verdict,
    )  # fmt: skip
    assert helped(Comparison(policies=("a", "b"), seeds=(1,), deltas=(delta,)), found).startswith(words)
