"""A shadow in a real run: a policy that gets other responses is found, and the measured calls stay what they are."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from harness.assess.rollouts import shadow_result
from harness.record.call_store import CallStore
from harness.record.reader import Record, find_run

PATIENT = "[timeout]\nread_s = 20\n[adapter]\npool_maxsize = 200\n"
POLICIES = {
    "before": f'name = "before"\n{PATIENT}',
    "after": f'name = "after"\n{PATIENT}[session]\nheaders = {{ X-Api = "2" }}\n',
}
CORRUPT = (
    '[{at_s = 0.5, for_s = 7.0, fault = {kind = "garble", ratio = 0.8, header = {X-Api = "2"}}},'
    ' {at_s = 0.5, for_s = 7.0, fault = {kind = "status", status = 500, ratio = 0.05}}]'
)
SETTINGS = [
    "scenario.arrivals.0.duration_s=9", "scenario.arrivals.0.rate_per_s=125", "scenario.slo.warmup_s=0",
    "rollout.shadow.share=1.0", f"scenario.timeline={CORRUPT}",
]  # fmt: skip


@pytest.fixture(scope="module")
def shadowed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Record, dict[str, Any]]:
    """The record and the JSON of a shadow whose responses the upstream corrupts, as only it sends a header."""
    folder = tmp_path_factory.mktemp("shadow")
    for name, written in POLICIES.items():
        (folder / f"{name}.toml").write_text(written)
    policies = ["--from", str(folder / "before.toml"), "--to", str(folder / "after.toml")]
    settings = [part for setting in SETTINGS for part in ("--set", setting)]
    command = [sys.executable, "-m", "surgeline", "rollout", "baseline", *policies, "--shadow", "--json"]
    environment = {**os.environ, "SURGELINE_RUNS": str(folder / "runs")}
    done = subprocess.run(
        [*command, *settings],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    return find_run(folder / "runs", "latest"), json.loads(done.stdout)


def test_corrupt_bodies_that_only_the_new_policy_gets_are_found(
    shadowed: tuple[Record, dict[str, Any]],
) -> None:
    record, printed = shadowed
    result = shadow_result(record)
    assert result is not None
    assert (result.state, printed["verdict"], printed["shadow"]["state"]) == ("differs", "fail", "differs")
    assert result.new.different > 2 * result.old.different
    assert any(field.name.startswith("body") and field.new > field.old for field in result.fields)


def test_the_measured_calls_are_those_of_the_old_policy_alone(
    shadowed: tuple[Record, dict[str, Any]],
) -> None:
    record, _ = shadowed
    calls = record.calls()
    assert not (calls["digest_matches"] == False).any()  # noqa: E712 - of values that may be missing
    assert calls.duplicated(["arrival", "step"]).sum() == 0
    assert set(CallStore(record.folder).counts().faults) == {"status"}, "garble hit repetitions only"


def test_repetitions_have_keys_of_their_own_in_the_ledger(shadowed: tuple[Record, dict[str, Any]]) -> None:
    record, _ = shadowed
    served, repeated = record.table("served"), record.table("shadow")
    own = served["key"].str.count(r"\.") == 1
    assert own.sum() == len(record.table("attempts"))
    assert not served[own].duplicated(["key", "attempt"]).any()
    by = set(served.loc[~own, "key"].str.rpartition(".")[2])
    assert by == {"new", "old"}
    sent = repeated[repeated["repeated_by"] != ""]
    keys = sent["arrival"].astype(str) + "." + sent["step"].astype(str) + "." + sent["repeated_by"]
    assert set(keys) <= set(served.loc[~own, "key"])


def test_the_faults_of_the_measured_calls_are_those_of_a_run_without_a_shadow(
    shadowed: tuple[Record, dict[str, Any]],
) -> None:
    """Which attempts a fault hits follows from their keys; those of the repetitions are drawn for themselves."""
    record, _ = shadowed
    served = record.table("served")
    hit = served["fault"].str.contains("status")
    own = served["key"].str.count(r"\.") == 1
    first = set(served.loc[hit & own, "key"])
    again = set(served.loc[hit & ~own, "key"].str.rpartition(".")[0])
    assert first
    assert again
    assert len(first & again) < 0.5 * len(again)
