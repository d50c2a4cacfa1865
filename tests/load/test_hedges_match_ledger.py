"""The attempts of hedged calls: the record, the upstream's ledger and Prometheus have the same."""

from __future__ import annotations

import pandas as pd
import pytest
from prometheus_client.parser import text_string_to_metric_families

from harness.inputs.overrides import read_overrides
from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario
from harness.lab.plan import Plan
from harness.lab.run import run_plan
from harness.model.call import Call
from harness.observe.exporter import Exporter
from harness.record.reader import Record
from tests.load.served import Served, upstream

SETTINGS = [
    "scenario.arrivals=[{rate_per_s=80, duration_s=6}]",
    "scenario.slo.warmup_s=0",
    'scenario.slo.thresholds=["p99(latency) < 9s"]',
    "upstream.service_time.value_s=0.01",
    'upstream.fault=[{kind="slowdown", factor=30, ratio=0.1}]',
    "policy.retry.budget.ratio=0.5",
    'scenario.timeline=[{at_s=4.5, lever="hedge", on=false}]',
]
TABLES = {
    "hedge": {"delay_s": 0.03},
    "retry": {"total": 0, "budget": {"kind": "ratio", "ratio": 1.0, "min_per_s": 100.0}},
    "session": {"trust_env": False},
    "adapter": {"pool_maxsize": 20},
    "timeout": {"connect_s": 2.0, "read_s": 5.0},
}


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Record:
    """A run in which one attempt in ten is slow, until a lever stops the hedges."""
    overrides = read_overrides(SETTINGS)
    written = read_scenario("baseline", overrides)
    plan = Plan(read_policy("hedged", overrides), written.scenario, written.upstream)
    made = run_plan(plan, tmp_path_factory.mktemp("runs"))
    assert made.state == "complete", made.end
    return made


@pytest.fixture(scope="module")
def attempts(record: Record) -> pd.DataFrame:
    """The attempts with the key that the upstream knows them by."""
    found = record.table("attempts")
    return found.assign(key=found["arrival"].astype(str) + "." + found["step"].astype(str))


def test_every_attempt_is_in_the_ledger_under_its_key_and_number(
    record: Record, attempts: pd.DataFrame
) -> None:
    served = record.table("served")
    assert attempts["hedge"].sum() > 10
    assert sorted(zip(attempts["key"], attempts["number"], strict=True)) == sorted(
        zip(served["key"], served["attempt"], strict=True)
    )


def test_the_calls_count_the_same_attempts(record: Record, attempts: pd.DataFrame) -> None:
    assert record.calls()["attempts"].sum() == len(attempts)
    end = record.end
    assert end is not None
    assert end.measurements["hedges"].value == attempts["hedge"].sum()


def test_the_guards_count_the_same_hedges(record: Record, attempts: pd.DataFrame) -> None:
    guards = record.table("guards")
    last, sent_s = guards.dropna(subset=["hedges"]).iloc[-1], attempts.loc[attempts["hedge"], "started_s"]
    earlier, later = ((sent_s < last["at_s"] + apart_s).sum() for apart_s in (-0.1, 0.1))
    assert 10 < earlier <= last["hedges"] <= later
    assert set(guards["hedge_delay_s"].dropna()) == {0.04}


def test_of_the_attempts_beside_each_other_one_gave_the_result(attempts: pd.DataFrame) -> None:
    hedged = attempts[attempts["key"].isin(attempts.loc[attempts["hedge"], "key"])]
    assert set((~hedged["lost"]).groupby(hedged["key"]).sum()) == {1}


def test_the_parts_of_a_hedged_call_do_not_add_up_to_more_than_it(record: Record) -> None:
    calls = record.calls()
    parts = calls["hedge_wait_s"] + calls["pool_wait_s"] + calls["first_byte_s"] + calls["body_s"]
    assert (calls["hedge_wait_s"] > 0).any()
    assert (parts <= calls["ended_s"] - calls["started_s"] + 0.001).all()


def test_no_hedge_is_sent_after_the_lever(attempts: pd.DataFrame) -> None:
    assert attempts.loc[attempts["hedge"], "started_s"].max() < 5.5


def test_the_pool_is_whole_at_the_end(record: Record) -> None:
    last = record.table("pool").iloc[-1]
    assert (last["in_use"], last["waiting"]) == (0, 0)


def test_prometheus_counts_the_attempts_of_the_ledger() -> None:
    scenario = read_scenario("baseline", ()).scenario
    exporter = Exporter("hedged", scenario.name, scenario.slo)
    with upstream({"kind": "latency", "add_s": 0.3, "ratio": 0.5}, capacity={"workers": 32}) as served:
        client = Served(served, **TABLES)
        for _ in range(30):
            exporter.call(client.call())
        served.settle()
        rows = 0
        while (columns := served.served(0.0)) is not None:
            rows += len(columns[0])
    hedges = _hedges(client.calls)
    assert hedges["won"] > 0
    assert hedges["lost"] > 0
    assert _counted(exporter, "surgeline_hedges_total") == hedges
    assert (
        sum(_counted(exporter, "http_client_request_duration_seconds_count").values())
        == rows
        == client.attempts
    )


def _hedges(calls: list[Call]) -> dict[str, float]:
    lost = [attempt.lost for call in calls for attempt in call.attempts if attempt.hedge]
    return {"won": float(lost.count(False)), "lost": float(lost.count(True))}


def _counted(exporter: Exporter, name: str) -> dict[str, float]:
    """The samples of this name, by the values of their own labels."""
    return {
        ",".join(
            value for key, value in sample.labels.items() if key not in {"policy", "scenario"}
        ): sample.value
        for family in text_string_to_metric_families(exporter.text().decode())
        for sample in family.samples
        if sample.name == name
    }
