"""A rollout in a real run: the canary's Session sends the calls, and its decision is the verdict."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from harness.assess.rollouts import rollout_result
from harness.record.reader import Record, find_run

HASTY = 'name = "hasty"\n[timeout]\nread_s = 0.004\n'
LATE_S = 1.0
SETTINGS = [
    "scenario.arrivals.0.duration_s=12", "scenario.arrivals.0.rate_per_s=40", "scenario.slo.warmup_s=0",
    "rollout.steps.0.share=0.4",
]  # fmt: skip


@pytest.fixture(scope="module")
def rolled_back(tmp_path_factory: pytest.TempPathFactory) -> tuple[Record, dict[str, Any]]:
    """The record and the JSON of a rollout of a policy that gives up after 4 ms, where a response takes 20 ms."""
    folder = tmp_path_factory.mktemp("rollout")
    hasty = folder / "hasty.toml"
    hasty.write_text(HASTY)
    settings = [part for setting in SETTINGS for part in ("--set", setting)]
    command = [
        sys.executable,
        "-m",
        "surgeline",
        "rollout",
        "baseline",
        "--from",
        "careful",
        "--to",
        str(hasty),
    ]
    environment = {**os.environ, "SURGELINE_RUNS": str(folder / "runs")}
    done = subprocess.run(
        [*command, "--json", *settings], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 1, done.stderr
    return find_run(folder / "runs", "latest"), json.loads(done.stdout)


def test_a_policy_that_times_out_is_rolled_back(rolled_back: tuple[Record, dict[str, Any]]) -> None:
    record, said = rolled_back
    result = rollout_result(record)
    assert result is not None
    assert (result.state, said["verdict"], said["rollout"]["state"]) == ("rolled back", "fail", "rolled back")
    assert 0 < said["rollout"]["spoilt"]["value"] < 0.4
    assert record.run.rollout is not None
    assert record.run.rollout.plan.steps[0].share == 0.4


def test_every_call_knows_its_arm_and_the_canary_gets_none_after_the_rollback(
    rolled_back: tuple[Record, dict[str, Any]],
) -> None:
    record, said = rolled_back
    calls, decided_s = record.calls(), said["rollout"]["decided_s"]
    assert set(calls["arm"]) == {"canary", "baseline"}
    started_s = calls.loc[calls["arm"] == "canary", "started_s"]
    assert 0.2 < (calls.loc[calls["started_s"] < decided_s, "arm"] == "canary").mean() < 0.6
    assert started_s.max() < decided_s + 0.5


def test_the_table_counts_the_calls_of_both_arms_until_the_decision(
    rolled_back: tuple[Record, dict[str, Any]],
) -> None:
    record, _ = rolled_back
    compared, calls = record.table("rollout"), record.calls()
    over_s = compared["at_s"].max() + 1.0  # A busy process closes the second a little later.
    for arm in ("canary", "baseline"):
        ended_s = calls.loc[calls["arm"] == arm, "ended_s"]
        counted = compared[f"{arm}_calls"].sum()
        assert (ended_s < over_s).sum() <= counted <= (ended_s < over_s + LATE_S).sum()
    *before, last = compared["state"]
    assert set(before) <= {"comparing"}
    assert last == "rolled back"


def test_the_upstream_served_each_attempt_once(rolled_back: tuple[Record, dict[str, Any]]) -> None:
    record, _ = rolled_back
    assert len(record.table("attempts")) == len(record.table("served"))
