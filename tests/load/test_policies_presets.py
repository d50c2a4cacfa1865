"""Every preset in a run of a thousand calls: the client's attempts are the ledger's rows, exactly."""

from __future__ import annotations

import pandas as pd
import pytest

from harness.inputs.overrides import read_overrides
from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario
from harness.lab.plan import Plan
from harness.lab.run import run_plan

pytestmark = pytest.mark.acceptance

SETTINGS = [
    "scenario.arrivals.0.duration_s=5.3",
    "scenario.slo.warmup_s=0",
    'scenario.slo.thresholds=["p99(latency) < 9s"]',
    "upstream.service_time.value_s=0.002",
    'upstream.fault=[{kind="status", status=503, ratio=0.1}]',
]


PRESETS = (
    "aiohttp", "aws-standard", "breaker", "careful", "envoy-adaptive", "finagle", "grpc",
    "hedged", "httpx", "httpx-async", "netflix-gradient2", "netflix-vegas", "session", "sre-throttle",
    "stateless", "textbook",
)  # fmt: skip


@pytest.mark.parametrize("name", PRESETS)
def test_attempts_are_the_ledger_s_rows(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    settings = read_overrides(SETTINGS)
    written = read_scenario("baseline", settings)
    record = run_plan(
        Plan(read_policy(name), written.scenario, written.upstream), tmp_path_factory.mktemp("runs")
    )
    attempts, served = record.table("attempts"), record.table("served")
    keys = attempts["arrival"].astype(str) + "." + attempts["step"].astype(str)
    assert len(record.calls()) >= 1000
    lost = set(zip(keys[attempts["lost"]], attempts.loc[attempts["lost"], "number"], strict=True))
    used = [(key, number) not in lost for key, number in zip(served["key"], served["attempt"], strict=True)]
    assert _rows(attempts.assign(key=keys)[~attempts["lost"]], "number") == _rows(served[used], "attempt")
    assert len(attempts) == len(served)
    assert record.table("pool").iloc[-1]["in_use"] == 0


def _rows(table: pd.DataFrame, attempt: str) -> list[tuple[str, int, int]]:
    return sorted(zip(table["key"], table[attempt].astype(int), table["status"].astype(int), strict=True))
