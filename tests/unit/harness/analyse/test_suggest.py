"""Suggestions from measurements."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from harness.analyse.suggest import _round_up, capacity_of, suggestions
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


def test_how_long_a_connection_is_held_is_stated_with_its_interval(evidence):
    (found,) = suggestions(policy(adapter={"pool_maxsize": 2}), evidence(churn=0.3), 400.0)
    assert re.search(r"for 20\.\d ms \(1\d\.\d–2\d\.\d ms, n = 4,000\) at 200/s", found.evidence)


def test_a_time_held_that_the_run_cannot_bound_is_stated_as_so_much_or_more(make):
    """Slow and fast attempts in two halves are two independent samples."""
    seen = make(np.repeat([0.01, 0.03], 2000))
    seen.attempts["new_connection"] = True
    for name in ("body_s", "drain_s"):
        seen.attempts[name] = 0.0
    (found,) = suggestions(policy(adapter={"pool_maxsize": 2}), seen, None)
    assert " ms or more, n = 4,000)" in found.evidence


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


@pytest.mark.parametrize(("calls", "wanted"), [(999, []), (1000, ["timeout.read_s"])])
def test_a_thousand_calls_are_enough(make, calls, wanted):
    seen = make(np.full(calls, 0.02))
    for name in ("body_s", "drain_s"):
        seen.attempts[name] = 0.0
    assert keys(suggestions(policy(timeout={"read_s": 8.0}), seen, None)) == wanted


@pytest.mark.parametrize(("opened", "wanted"), [(79, []), (80, ["adapter.pool_maxsize"])])
def test_a_pool_churns_from_two_new_connections_in_a_hundred_attempts_on(evidence, opened, wanted):
    seen = evidence()
    seen.attempts["new_connection"] = np.arange(4000) < opened
    assert keys(suggestions(policy(adapter={"pool_maxsize": 2}), seen, None)) == wanted


def of_equal_calls(make, read_s, error=""):
    """The suggestions for calls of exactly 20 ms and this read timeout; `error` is that of one attempt."""
    seen = make(np.full(4000, 0.02))
    for name in ("body_s", "drain_s"):
        seen.attempts[name] = 0.0
    seen.attempts.loc[0, "error"] = error
    return suggestions(policy(timeout={"read_s": read_s}), seen, None)


@pytest.mark.parametrize(("read_s", "wanted"), [(0.16, []), (0.17, ["timeout.read_s"])])
def test_a_read_timeout_may_be_eight_times_as_long_as_the_slowest_healthy_response(make, read_s, wanted):
    assert keys(of_equal_calls(make, read_s)) == wanted


@pytest.mark.parametrize(("read_s", "wanted"), [(0.04, []), (0.039, ["timeout.read_s"])])
def test_a_read_timeout_that_ends_attempts_must_be_twice_as_long(make, read_s, wanted):
    assert keys(of_equal_calls(make, read_s, error="read_timeout")) == wanted


def test_a_short_read_timeout_that_ended_no_attempt_stays(make):
    assert of_equal_calls(make, 0.03) == []


def test_the_suggested_timeout_is_twice_the_slowest_response_however_near_the_p99_is(make, rng):
    seen = make(np.where(np.arange(4000) % 500 == 0, 1.0, rng.uniform(0.018, 0.022, 4000)))
    for name in ("body_s", "drain_s"):
        seen.attempts[name] = 0.0
    (found,) = suggestions(policy(timeout={"read_s": None}), seen, None)
    assert found.then == 2.0


@pytest.mark.parametrize(
    ("seconds", "rounded"), [(0.0424, 0.043), (0.04, 0.04), (1.234, 1.3), (12.3, 13.0), (0.999, 1.0)]
)
def test_a_suggested_time_has_two_digits(seconds, rounded):
    assert _round_up(seconds) == rounded


@pytest.mark.parametrize(
    ("retries", "capacity_per_s", "wanted"),
    [(1, 300.0, ["retry.budget"]), (1, 401.0, []), (3, 800.0, ["retry.budget"]), (3, 801.0, [])],
)
def test_a_budget_is_suggested_from_the_rate_on_at_which_a_backlog_does_not_drain(
    evidence, retries, capacity_per_s, wanted
):
    """200 calls a second: a backlog drains only below μ / (1 + R)."""
    assert keys(suggestions(policy(retry={"total": retries}), evidence(), capacity_per_s)) == wanted


def test_retries_with_a_budget_need_no_other(evidence):
    budgeted = policy(retry={"total": 3, "budget": {"kind": "quota"}})
    assert suggestions(budgeted, evidence(), 400.0) == []


def test_a_run_that_the_warm_up_took_gives_no_suggestions(make):
    seen = make(np.full(4000, 0.02), warmup_s=0.0, duration_s=0.0)
    assert suggestions(policy(timeout={"read_s": 8.0}), seen, None) == []


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
