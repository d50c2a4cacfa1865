"""Workers on other machines, played by network namespaces: the same schedule, one record, agreeing numbers."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from harness.lab.worker_token import TOKEN, new_token
from harness.record.reader import Record, list_runs
from tests.conftest import SURGELINE, needs
from tests.e2e.namespaces import NET, two_namespaces

pytestmark = pytest.mark.acceptance

SETTINGS = ["--set", "scenario.arrivals.0.rate_per_s=80", "--set", "scenario.arrivals.0.duration_s=8"]
SETTINGS += ["--set", "scenario.slo.warmup_s=1", "--set", "scenario.service.threads=40"]


@pytest.fixture(autouse=True)
def _token(monkeypatch: pytest.MonkeyPatch) -> None:
    """The token that a run and its workers have in common."""
    monkeypatch.setenv(TOKEN, new_token())


@pytest.fixture
def namespaces() -> Iterator[list[str]]:
    """Two namespaces, as root only."""
    needs("ip", "iproute2")
    if os.geteuid() != 0:
        if os.environ.get("SURGELINE_REQUIRE_ALL") == "1":
            pytest.fail("network namespaces need root")
        pytest.skip("network namespaces need root")
    with two_namespaces() as names:
        yield names


@pytest.mark.timeout(180)
def test_workers_in_namespaces_of_their_own_make_the_same_run(
    namespaces: list[str], runs: Path, tmp_path: Path
) -> None:
    place = f"{NET}.1:5667"
    run = [str(SURGELINE), "run", "baseline", "-p", "careful", *SETTINGS]
    subprocess.run([*run, "--workers", "1"], cwd=tmp_path, check=False, capture_output=True, timeout=90)
    leader = subprocess.Popen(
        [*run, "--expect-workers", "4", "--bind", place],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    workers = [
        subprocess.Popen(
            ["ip", "netns", "exec", name, str(SURGELINE), "worker", "--master", place], cwd=tmp_path
        )
        for name in namespaces * 2
    ]
    _, err = leader.communicate(timeout=120)
    assert f"surgeline worker --master {place}" in err.decode()
    assert [worker.wait(30) for worker in workers] == [0, 0, 0, 0]
    many, alone = (record for record in list_runs(runs) if isinstance(record, Record))
    assert many.state == alone.state == "complete"
    assert np.array_equal(_schedule(many), _schedule(alone))
    assert len(many.table("served")) == len(many.table("attempts"))
    assert set(many.table("pool")["host"]) == {many.run.target}
    assert many.run.target.startswith(f"http://{NET}.1:")


@pytest.mark.timeout(180)
def test_a_worker_without_the_authority_s_file_verifies_the_upstream_s_certificate(
    namespaces: list[str], runs: Path, tmp_path: Path
) -> None:
    place, short = f"{NET}.1:5668", ["--set", "scenario.arrivals.0.duration_s=4"]
    leaders_own = tmp_path / "here-alone"
    leaders_own.mkdir()
    leader = subprocess.Popen(
        [
            str(SURGELINE),
            "run",
            "tls-expiry",
            "-p",
            "careful",
            *short,
            "--expect-workers",
            "1",
            "--bind",
            place,
        ],
        cwd=tmp_path,
        env={**os.environ, "TMPDIR": str(leaders_own)},
        stdout=subprocess.DEVNULL,
    )
    hidden = f"mount -t tmpfs none {leaders_own} && exec {SURGELINE} worker --master {place}"
    worker = subprocess.Popen(["ip", "netns", "exec", namespaces[0], "sh", "-c", hidden], cwd="/")
    leader.wait(120)
    assert worker.wait(30) == 0
    (record,) = list_runs(runs)
    assert isinstance(record, Record)
    calls = record.calls()
    assert record.run.target.startswith(f"https://{NET}.1:")
    assert (calls["outcome"] == "ok").mean() > 0.9


def _schedule(record: Record) -> np.ndarray:
    return record.calls().sort_values("arrival")["scheduled_s"].to_numpy()
