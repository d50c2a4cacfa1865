"""A policy whose imported code patches requests: the driver says what it built, before and in a run."""

from __future__ import annotations

from pathlib import Path

from harness.inputs.overrides import read_overrides
from harness.inputs.scenarios import read_scenario
from harness.lab.plan import Plan
from harness.lab.run import check_plan, run_plan
from harness.model.policy import BuiltDifference, Policy
from harness.model.policy_warnings import policy_warnings
from harness.record.reader import open_run

PATCHED = Policy.model_validate(
    {
        "name": "patched",
        "session": {"auth": {"kind": "custom", "factory": "tests.load.patching:Patching"}},
        "adapter": {"pool_maxsize": 64},
    }
)
FOUND = (BuiltDifference(key="adapter.pool_maxsize", declared="64", built="3"),)


def _plan() -> Plan:
    settings = ["scenario.arrivals.0.duration_s=1", "scenario.slo.warmup_s=0"]
    written = read_scenario("baseline", read_overrides(settings))
    return Plan(PATCHED, written.scenario, written.upstream)


def test_check_warns_of_what_was_built_otherwise() -> None:
    real = check_plan(_plan())
    assert real.built_otherwise == FOUND
    assert policy_warnings(real, threads=64)[0].key == "adapter.pool_maxsize"


def test_the_record_has_what_was_built(tmp_path: Path) -> None:
    record = open_run(run_plan(_plan(), tmp_path).folder)
    assert record.run.policy.built_otherwise == FOUND
    assert record.run.policy.adapter.pool_maxsize == 3
    assert record.table("pool")["maxsize"].max() == 3
