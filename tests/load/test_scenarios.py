"""Every shipped scenario, shortened, shows in its record what its name promises."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from harness.inputs.overrides import read_overrides
from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario
from harness.inputs.shipped_files import file_names
from harness.lab.plan import Plan
from harness.lab.run import run_plan
from harness.lab.settings import runs_folder
from harness.record.reader import Record

LATE_S = 0.5
"""What a busy machine may be late by, between a fault on the timeline and what the client saw of it."""


def _run(runs: object, scenario: str, *settings: str, policy: str = "careful") -> Record:
    overrides = read_overrides(
        ["scenario.slo.warmup_s=0.5", "scenario.drain_s=4", *(_short(one) for one in settings)]
    )
    written = read_scenario(scenario, overrides)
    plan = Plan(read_policy(policy, overrides), written.scenario, written.upstream)
    record = run_plan(plan, runs_folder())
    assert record.state == "complete", record.end
    return record


def _short(setting: str) -> str:
    """`load.`, `fault.` and so on as the settings of a scenario's first phase and first timeline entry."""
    for short, whole in (("load.", "scenario.arrivals.0."), ("trigger.", "scenario.timeline.0.")):
        if setting.startswith(short):
            return whole + setting.removeprefix(short)
    return setting


def _between(table: pd.DataFrame, begin_s: float, end_s: float, column: str = "started_s") -> pd.DataFrame:
    return table[(table[column] >= begin_s) & (table[column] < end_s)]


def _good(calls: pd.DataFrame) -> float:
    """The share of calls that ended well."""
    return float((calls["outcome"] == "ok").mean())


def _journey_errors(record: Record) -> list[str]:
    events = record.table("events").query("name == 'journey error'")
    return [json.loads(detail)["detail"] for detail in events["detail"]]


def test_every_scenario_has_a_line_about_itself_and_an_slo_and_lasts_a_minute_at_most() -> None:
    for name in file_names("scenario"):
        scenario = read_scenario(name).scenario
        assert scenario.name == name
        assert 40 < len(scenario.description) <= 120, name
        assert scenario.slo.thresholds, name
        assert scenario.duration_s <= 60.0, name


def test_baseline_is_answered_in_twenty_milliseconds(runs: object) -> None:
    record = _run(runs, "baseline", "load.rate_per_s=60", "load.duration_s=2")
    served = record.table("served")
    assert set(served["status"]) == {200}
    assert set(served["service_s"].round(9)) == {0.020}
    assert record.calls()["first_byte_s"].min() >= 0.020


def test_dependency_slowdown_times_out_while_it_lasts_and_only_then(runs: object) -> None:
    record = _run(
        runs,
        "dependency-slowdown",
        "load.rate_per_s=40",
        "load.duration_s=5",
        "trigger.at_s=1",
        "trigger.for_s=2",
    )
    attempts = record.table("attempts")
    timed_out = attempts[attempts["error"] == "read_timeout"]["started_s"]
    assert len(timed_out) > 5
    assert timed_out.min() > 1.0 - LATE_S
    assert timed_out.max() < 3.0 + LATE_S


@pytest.mark.acceptance
def test_seasonal_peak_has_its_peak_in_the_middle(runs: object) -> None:
    record = _run(runs, "seasonal-peak", "load.rate_per_s=60", "load.period_s=4", "load.duration_s=4")
    scheduled = record.calls().query("step == 0")["scheduled_s"]
    trough, peak = (int(scheduled.between(at_s, at_s + 0.5).sum()) for at_s in (0.0, 1.75))
    assert peak > 3 * trough


@pytest.mark.acceptance
def test_spike_overflows_the_upstream_s_queue_and_only_then(runs: object) -> None:
    record = _run(
        runs, "spike", "upstream.capacity.workers=2", "upstream.capacity.queue=20", "upstream.fault=[]",
        "load.rate_per_s=20", "load.peak_per_s=200", "load.at_s=1.5", "load.for_s=1.5", "load.duration_s=5",
    )  # fmt: skip
    served = record.table("served")
    refused = served[served["status"] == 503]["arrived_s"]
    assert len(refused) > 20
    assert refused.min() > 1.5
    assert refused.max() < 3.0 + 4 * LATE_S
    assert _between(served, 1.5, 3.0, "arrived_s")["queue_wait_s"].max() > 0.1


STORM = (
    "upstream.capacity.workers=2",
    "scenario.service.threads=250",
    "load.rate_per_s=65",
    "load.duration_s=8",
    "trigger.at_s=1",
    "trigger.for_s=1.5",
)
"""The same storm at a quarter of its size: 100/s of capacity, so 25/s is the most that three retries recover at."""


def test_retry_storm_never_ends_with_three_retries(runs: object) -> None:
    record = _run(runs, "retry-storm", *STORM, policy="storm-three-retries")
    calls = record.calls()
    assert _good(_between(calls, 0.2, 0.9)) > 0.9
    assert _good(_between(calls, 5.0, 7.0)) < 0.1
    served = record.table("served")
    late = _between(served, 4.5, 7.5, "ended_s")
    capacity_per_s = 2 / late["service_s"].mean()
    assert len(late) == pytest.approx(3.0 * capacity_per_s, abs=4)  # Each worker may end one more or less.
    assert late["client_gone"].mean() > 0.9


def test_retry_storm_ends_by_itself_without_retries(runs: object) -> None:
    record = _run(runs, "retry-storm", *STORM, policy="storm-no-retries")
    calls = record.calls()
    assert _good(_between(calls, 1.2, 2.4)) < 0.1
    assert _good(_between(calls, 6.5, 8.0)) > 0.9


@pytest.mark.acceptance
def test_brownout_slows_every_answer_down_by_load_alone(runs: object) -> None:
    record = _run(runs, "brownout", "load.step_s=1.5", policy="session")
    served = record.table("served")
    alone = _between(served, 0.3, 1.5, "arrived_s")["service_s"].median()
    crowded = _between(served, 3.5, 4.5, "arrived_s")["service_s"].median()
    assert set(served["fault"]) == {""}
    assert crowded > 1.8 * alone


@pytest.mark.acceptance
def test_flapping_alternates_between_refusals_and_success(runs: object) -> None:
    record = _run(
        runs, "flapping", "load.duration_s=6", "trigger.at_s=1", "trigger.for_s=4.5", policy="session"
    )
    attempts = record.table("attempts")
    refused = attempts[attempts["error"] == "connect_refused"]["started_s"].sort_values()
    flaps = 1 + sum(later - earlier > 0.8 for earlier, later in pairwise(refused))
    assert flaps == 3
    assert refused.min() > 1.0
    calls = record.calls()
    assert _good(_between(calls, 2.0, 2.8)) > 0.8
    assert _good(calls) < 0.98


@pytest.mark.acceptance
def test_partial_regional_outage_moves_the_traffic_to_the_far_region(runs: object) -> None:
    record = _run(runs, "partial-regional-outage", "load.duration_s=5", "trigger.at_s=1.5", "trigger.for_s=2")
    served, calls = record.table("served"), record.calls()
    during = _between(served, 1.5 + LATE_S, 3.5, "arrived_s")
    assert set(during["region"]) == {"far"}
    assert set(_between(served, 0.0, 1.4, "arrived_s")["region"]) == {"near"}
    assert "connect_refused" in set(calls["outcome"])
    asked_far = calls[calls["route"] == "GET /orders/{id} far"]
    assert len(asked_far) > 50
    assert _good(asked_far) > 0.95
    assert asked_far["first_byte_s"].min() > 0.05


@pytest.mark.acceptance
def test_rate_limited_responds_429_and_the_client_sleeps_for_retry_after(runs: object) -> None:
    record = _run(runs, "rate-limited", "load.rate_per_s=100", "load.duration_s=4")
    assert (record.table("served")["status"] == 429).sum() > 50
    attempts = record.table("attempts")
    told = attempts[attempts["reason"] == "429"]
    assert len(told) > 20
    assert told["backoff_s"].between(0.95, 1.5).all()


@pytest.mark.acceptance
def test_malformed_data_shows_every_way_of_being_wrong(runs: object) -> None:
    ratios = [f"upstream.fault.{number}.ratio=0.06" for number in range(6)]
    record = _run(runs, "malformed-data", *ratios, "load.duration_s=4", policy="session")
    assert set(record.calls()["outcome"]) == {"ok", "corrupt", "decode", "truncated", "protocol"}
    assert any("JSONDecodeError" in error for error in _journey_errors(record))


@pytest.mark.acceptance
def test_stale_keepalive_makes_posts_fail_and_not_gets(runs: object) -> None:
    record = _run(runs, "stale-keepalive", "load.duration_s=5")
    calls, attempts = record.calls(), record.table("attempts")
    posts, gets = calls[calls["method"] == "POST"], calls[calls["method"] == "GET"]
    assert 0.01 < 1.0 - _good(posts) < 0.12
    assert set(posts["outcome"]) == {"ok", "protocol"}
    assert _good(gets) == 1.0
    assert gets["attempts"].max() == 2
    failed = attempts[attempts["error"] == "protocol"]
    assert failed["stale"].all()
    assert not failed["new_connection"].any()


@pytest.mark.acceptance
def test_tls_expiry_fails_new_connections_until_the_certificate_is_renewed(runs: object) -> None:
    record = _run(
        runs, "tls-expiry", "load.duration_s=6", "trigger.at_s=1.5", "trigger.for_s=2.5",
        "upstream.fault.0.ratio=0.3", policy="session",
    )  # fmt: skip
    calls, attempts = record.calls(), record.table("attempts")
    assert attempts["host"].str.startswith("https://").all()
    failed = calls[calls["outcome"] == "tls"]
    assert len(failed) > 40
    assert failed["ended_s"].min() > 1.5
    assert failed["started_s"].max() < 4.0 + LATE_S
    assert _good(_between(calls, 4.0 + LATE_S, 6.0)) > 0.7
    assert attempts[attempts["error"] == "tls"]["new_connection"].all()


@pytest.mark.acceptance
def test_pool_starvation_waits_in_the_client_of_a_healthy_upstream(runs: object) -> None:
    record = _run(
        runs,
        "pool-starvation",
        "load.duration_s=6",
        "trigger.at_s=1.5",
        "trigger.for_s=3",
        policy="blocking-pool",
    )
    calls = record.calls()
    before, during = _between(calls, 0.3, 1.3), _between(calls, 3.0, 4.5)
    assert during["pool_wait_s"].quantile(0.9) > 0.3
    assert during["pool_wait_s"].median() > 5 * before["pool_wait_s"].median()
    assert record.table("served")["queue_wait_s"].max() == 0.0
    assert record.table("pool")["in_use"].max() == 10
    assert record.table("pool")["waiting"].max() > 10


@pytest.mark.acceptance
def test_multi_tenant_leaks_through_one_shared_cookie_jar(runs: object) -> None:
    record = _run(runs, "multi-tenant", "load.duration_s=2.5")
    refused = record.calls().query("status == 409")
    assert len(refused) > 5
    (leaks,) = _journey_errors(record)
    assert (
        leaks == f"TenantLeak: a request for one tenant had the other tenant's cookie ({len(refused)} times)"
    )


def test_multi_tenant_keeps_tenants_apart_with_a_session_for_each_thread(runs: object) -> None:
    record = _run(runs, "multi-tenant", "load.duration_s=2.5", 'policy.session.scope="user"')
    assert _journey_errors(record) == []
    assert _good(record.calls()) == 1.0


@pytest.mark.acceptance
def test_webhook_fan_out_connects_anew_where_the_session_keeps_too_few_pools(runs: object) -> None:
    few = _run(runs, "webhook-fan-out", "load.duration_s=2")
    enough = _run(runs, "webhook-fan-out", "load.duration_s=2", "policy.adapter.pool_connections=12")
    assert few.table("attempts")["host"].nunique() == 12
    assert few.table("attempts")["new_connection"].mean() > 0.8
    assert enough.table("attempts")["new_connection"].mean() < 0.6


@pytest.mark.acceptance
def test_replay_starts_every_journey_at_its_time_in_the_trace(runs: object) -> None:
    record = _run(runs, "replay", "load.speed=5")
    first = record.calls().query("step == 0").sort_values("arrival")["scheduled_s"]
    assert np.allclose(first, np.asarray(record.run.scenario.arrivals[0].times_s) / 5)  # type: ignore[union-attr]


def test_bring_your_own_drives_the_session_that_build_session_made(runs: object) -> None:
    record = _run(runs, "bring-your-own", "load.duration_s=3", policy="bring-your-own")
    assert record.run.policy.adapter.pool_maxsize == 32
    assert record.run.policy.retry is not None
    assert record.run.policy.retry.total == 2
    assert _good(record.calls()) > 0.95
