"""Calls under a limiter, in the twin and in a simulation of the product's own limiter."""

from __future__ import annotations

import pytest

from benchmarks import limiter_systems
from harness.inputs.scenarios import read_scenario
from harness.model.policy import Policy
from harness.twin.simulation import simulate
from mock_upstream.profile import Capacity, FixedTime, Profile

UPSTREAM = Profile(
    name="eight", capacity=Capacity(workers=8), service_time=FixedTime(value_s=limiter_systems.SERVICE_S)
)


def played(limiter, rate_per_s, duration_s, **tables):
    written = read_scenario("baseline").scenario
    phase = written.arrivals[0].model_copy(update={"rate_per_s": rate_per_s, "duration_s": duration_s})
    service = written.service.model_copy(update={"threads": limiter_systems.THREADS})
    scenario = written.model_copy(update={"arrivals": (phase,), "service": service})
    policy = Policy.model_validate({"name": "limited", "limiter": limiter, **tables})
    return simulate(policy, scenario, UPSTREAM, overhead_s=0.0).calls_table


@pytest.mark.parametrize(
    "limiter",
    [
        {"kind": "envoy", "jitter": 0.0, "min_rtt_interval_s": 5.0},
        {"kind": "gradient2"},
        {"kind": "aimd", "timeout_s": 0.05},
        {"kind": "failsafe"},
    ],
)
def test_in_an_overload_the_same_calls_are_admitted_and_end_at_the_same_times(limiter, monkeypatch):
    duration_s = 20.0
    calls = played(limiter, 1.5 * limiter_systems.CAPACITY_PER_S, duration_s, adapter={"pool_maxsize": 64})
    monkeypatch.setattr(
        limiter_systems, "_arrivals", lambda *_: iter([*calls["scheduled_s"].tolist(), float("inf")])
    )
    settings = Policy.model_validate({"name": "limited", "limiter": limiter}).limiter
    client = limiter_systems.Client(1.0, settings)
    limiter_systems.Simulation([client], duration_s).run()
    answered = calls[(calls["outcome"] == "ok") & (calls["ended_s"] < duration_s)].sort_values("ended_s")
    assert set(calls["outcome"]) == {"ok", "limited"}
    assert [call.due_s for call in client.ended] == answered["scheduled_s"].tolist()
    assert [call.ended_s for call in client.ended] == pytest.approx(answered["ended_s"].tolist(), abs=1e-9)


def test_a_call_waits_for_a_place_as_long_as_it_may_and_the_longest_waiting_one_has_the_next():
    limiter = {"kind": "aimd", "initial": 8, "least": 8, "most": 8, "max_wait_s": 0.03}
    calls = played(limiter, 600.0, 10.0, adapter={"pool_maxsize": 64})
    refused = calls[calls["outcome"] == "limited"]
    assert (refused["ended_s"] - refused["started_s"]).to_numpy() == pytest.approx(0.03)
    good = calls[calls["outcome"] == "ok"].sort_values("started_s")
    assert good["limiter_wait_s"].max() <= 0.03 + 1e-9
    assert good["limiter_wait_s"].median() > 0.01
    assert good["ended_s"].is_monotonic_increasing
