"""The client's own count of attempts against what the upstream says it served: the two must be one."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from harness.inputs.overrides import read_overrides
from harness.inputs.scenarios import read_scenario
from harness.lab.plan import Plan
from harness.lab.run import run_plan
from harness.model.policy import Policy
from harness.record.reader import Record
from mock_upstream.config.toml import build

RETRIES = {
    "name": "retries",
    "adapter": {"pool_maxsize": 20},
    "timeout": {"connect_s": 2.0, "read_s": 2.0},
    "retry": {"total": 3, "backoff_factor": 0.01, "status_forcelist": [503]},
}
FAILING = ["upstream.service_time.value_s=0.002", 'upstream.fault=[{kind="status", status=503, ratio=0.2}]']
SHORT = [
    "scenario.arrivals.0.duration_s=3",
    "scenario.slo.warmup_s=0",
    'scenario.slo.thresholds=["p99(latency) < 9s"]',
]


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Record:
    """A run in which one attempt in five is answered with 503, and retried up to three times."""
    written = read_scenario("baseline", read_overrides([*SHORT, *FAILING]))
    plan = Plan(build(Policy, RETRIES, "retries.toml"), written.scenario, written.upstream)
    return run_plan(plan, tmp_path_factory.mktemp("runs"))


def _rows(table: pd.DataFrame, attempt: str) -> list[tuple[str, int, int]]:
    return sorted(zip(table["key"], table[attempt].astype(int), table["status"].astype(int), strict=True))


@pytest.fixture(scope="module")
def seen(record: Record) -> pd.DataFrame:
    """The attempts as the anatomy saw them, with the key that the upstream knows them by."""
    attempts = record.table("attempts")
    return attempts.assign(key=attempts["arrival"].astype(str) + "." + attempts["step"].astype(str))


def test_every_attempt_is_in_the_ledger_under_its_key_number_and_status(
    record: Record, seen: pd.DataFrame
) -> None:
    assert len(seen) > 600
    assert _rows(seen, "number") == _rows(record.table("served"), "attempt")


def test_the_calls_count_the_same_attempts(record: Record, seen: pd.DataFrame) -> None:
    assert record.calls()["attempts"].sum() == len(seen)


def test_a_503_is_the_reason_of_each_retry(record: Record, seen: pd.DataFrame) -> None:
    retried = seen[seen["reason"] != ""]
    assert set(retried["reason"]) == {"503"}
    assert len(retried) == len(seen) - len(record.calls())


def test_the_pool_is_whole_at_the_end(record: Record) -> None:
    last = record.table("pool").iloc[-1]
    assert (last["in_use"], last["waiting"]) == (0, 0)


def test_requests_that_still_waited_at_the_upstream_at_the_end_are_an_event(tmp_path: Path) -> None:
    slow = [
        "upstream.capacity.workers=1",
        "upstream.service_time.value_s=2.0",
        "scenario.arrivals.0.rate_per_s=10",
    ]
    written = read_scenario("baseline", read_overrides([*SHORT, *slow]))
    impatient = {
        "name": "impatient",
        "adapter": {"pool_maxsize": 100},
        "timeout": {"connect_s": 2.0, "read_s": 0.2},
    }
    record = run_plan(Plan(build(Policy, impatient, "i.toml"), written.scenario, written.upstream), tmp_path)
    [event] = record.table("events").to_dict("records")
    without_row = len(record.table("attempts")) - len(record.table("served"))

    assert (event["kind"], event["name"]) == ("upstream", "ledger")
    left = int(re.findall(r"(\d+) requests were still queued or in progress", event["detail"])[0])
    assert without_row > 10
    assert left == pytest.approx(without_row, abs=1)
