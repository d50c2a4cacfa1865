"""A secret goes to the upstream and nowhere else: not into a record, a message, a metric or a log."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from harness.record.reader import find_run
from tests.conftest import Program

SECRET = "s3cr3t-t0ken-0f-a-test"
POLICY = """
name = "secretive"
[session]
auth = { kind = "basic", username = "user", password = "env:TEST_SECRET" }
headers = { X-Api-Key = "env:TEST_SECRET" }
params = { token = "env:TEST_SECRET" }
cookies = { sid = "env:TEST_SECRET" }
[timeout]
connect_s = 0.2
read_s = 0.2
[retry]
total = 1
"""
SHORT = ["--set", "scenario.arrivals.0.duration_s=2", "--set", "scenario.slo.warmup_s=0"]
FAILING = ["--set", 'upstream.fault=[{kind="hang", ratio=0.3}, {kind="reset", ratio=0.2}]']


@pytest.fixture
def policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A policy with every kind of secret."""
    monkeypatch.setenv("TEST_SECRET", SECRET)
    path = tmp_path / "secretive.toml"
    path.write_text(POLICY)
    return str(path)


def _said(*done: subprocess.CompletedProcess[str]) -> list[str]:
    return [stream for each in done for stream in (each.stdout, each.stderr)]


def test_a_run_full_of_failures_shows_the_secret_nowhere(surgeline: Program, runs: Path, policy: str) -> None:
    done = surgeline("run", "baseline", "--policy", policy, "--json", *SHORT, *FAILING)
    assert done.returncode in {0, 1, 3}, done.stderr
    record = find_run(runs, "latest")
    tables = [record.table(name).to_csv() for name in ("calls", "attempts", "served", "events")]
    texts = [path.read_text(errors="replace") for path in runs.rglob("*") if path.is_file()]
    shown, checked = surgeline("show", "latest"), surgeline("check", "baseline", "--policy", policy)
    assert record.calls()["error"].str.contains("token=").any(), "the test needs errors that name their URL"
    for text in (*_said(done, shown, checked), *tables, *texts):
        assert SECRET not in text
        assert "dXNlcjpzM2NyM3Q" not in text
