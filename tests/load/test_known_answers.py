"""Known answers: four workers of exactly 20 ms carry 200 calls a second, and no more."""

from __future__ import annotations

import numpy as np
import pytest

from harness.inputs.overrides import read_overrides
from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario
from harness.lab.plan import Plan
from harness.lab.run import run_plan
from harness.lab.settings import runs_folder
from harness.record.reader import Record

CAPACITY_WITHIN = 0.0025
"""What benchmarks/README.md states of a saturated upstream: 200.00/s ± 0.25%."""

SETTINGS = [
    "upstream.capacity.workers=4",
    "scenario.slo.warmup_s=2",
    "policy.adapter.pool_maxsize=300",
    "policy.timeout.read_s=30",
    "policy.session.trust_env=false",
]


def _run(runs: object, *settings: str, policy: str = "careful", scenario: str = "baseline") -> Record:
    overrides = read_overrides([*SETTINGS, *settings])
    written = read_scenario(scenario, overrides)
    return run_plan(Plan(read_policy(policy, overrides), written.scenario, written.upstream), runs_folder())


@pytest.mark.alone
def test_below_capacity_the_median_is_the_service_time_and_the_slo_holds(runs: object) -> None:
    record = _run(
        runs,
        "scenario.arrivals.0.rate_per_s=100",
        "scenario.arrivals.0.duration_s=12",
        'scenario.slo.thresholds=["p99(latency) < 100ms", "rate(goodput) > 90/s"]',
    )
    assert record.end is not None
    assert set(record.table("served")["service_s"].round(9)) == {0.020}
    median = record.end.measurements["latency.p50"]
    assert 0.020 < median.value < 0.024  # 4 ms at most for the client, the connection and the server.
    assert record.end.verdict.kind == "pass", record.end.verdict.reasons


@pytest.mark.alone
def test_above_capacity_the_throughput_is_the_capacity_and_only_latency_breaks(runs: object) -> None:
    record = _run(
        runs,
        "scenario.arrivals.0.rate_per_s=240",
        "scenario.arrivals.0.duration_s=12",
        "scenario.service.threads=300",
    )
    assert record.end is not None
    achieved = record.end.measurements["achieved_rate"]
    assert achieved.value == pytest.approx(200.0, rel=CAPACITY_WITHIN)
    assert record.end.verdict.kind == "fail", record.end.verdict.reasons
    broken = [margin.threshold for margin in record.end.verdict.margins if margin.verdict == "fail"]
    assert broken == ["p99(latency) < 100ms"]


def test_the_same_seed_gives_identical_schedules_and_fault_decisions(runs: object) -> None:
    settings = [
        "scenario.arrivals.0.duration_s=6",
        "scenario.arrivals.0.rate_per_s=60",
        "scenario.timeline=[]",
    ]
    first, second = (_run(runs, *settings, scenario="dependency-slowdown") for _ in range(2))
    for record in (first, second):
        assert record.state == "complete"
    schedules = [
        r.calls().query("step == 0").sort_values("arrival")["scheduled_s"].to_numpy() for r in (first, second)
    ]
    assert np.array_equal(*schedules)
    decisions = [
        {(key, attempt): (fault, status) for key, attempt, fault, status in zip(
            served["key"], served["attempt"], served["fault"], served["status"], strict=True)}
        for served in (first.table("served"), second.table("served"))
    ]  # fmt: skip
    assert decisions[0] == decisions[1]
    assert {fault for fault, _ in decisions[0].values()} > {""}
