"""A disk that fills up in mid-run: one line, and what was recorded stays readable."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Program


@pytest.fixture
def small_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A file system of 600 kB that holds the runs."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(disk)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("this sandbox allows no mounts")
    monkeypatch.setenv("SURGELINE_RUNS", str(disk / "runs"))
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_full_disk_is_reported_in_one_line_and_the_run_opens(surgeline: Program, small_disk: Path) -> None:
    done = surgeline("run", "baseline", "-p", "careful", "--set", "scenario.arrivals.0.duration_s=9")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "No space left on device; free disk space" in done.stderr.strip().splitlines()[-1]
    shown = surgeline("show", "latest")
    assert shown.returncode == 0, shown.stderr
    assert "calls until" in shown.stdout
