"""What every kind of test shares: the program as a user starts it, and programs that may be missing."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import harness
from mock_upstream.process.garbage import collect_rarely
from surgeline import cli

# No test claims how long an example takes: on a busy machine any example may be slow.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
USE_THE_TWIN = (
    "harness.twin",
    "harness.calibrate",
    "surgeline.render.prediction",
    "surgeline.render.calibration",
)
SURGELINE = Path(sys.executable).with_name("surgeline")
Program = Callable[..., "subprocess.CompletedProcess[str]"]

collect_rarely()


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty runs folder that this process and its children use."""
    folder = tmp_path / "runs"
    monkeypatch.setenv("SURGELINE_RUNS", str(folder))
    return folder


@pytest.fixture
def surgeline(runs: Path, tmp_path: Path) -> Program:
    """Runs `surgeline …` in an empty folder and returns what it printed."""

    def start(*arguments: str, timeout_s: float = 90.0) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(SURGELINE), *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )

    return start


@pytest.fixture
def command(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Program:
    """Runs `surgeline …` inside this process, for commands that end before they start another one."""

    def start(*arguments: str) -> subprocess.CompletedProcess[str]:
        monkeypatch.setattr(sys, "argv", ["surgeline", *arguments])
        monkeypatch.chdir(tmp_path)
        handlers = {number: signal.getsignal(number) for number in STOP_SIGNALS}
        capfd.readouterr()
        try:
            with pytest.raises(SystemExit) as ended:
                cli.main()
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
        printed = capfd.readouterr()
        return subprocess.CompletedProcess(arguments, int(ended.value.code or 0), printed.out, printed.err)

    return start


@pytest.fixture
def without_numba(monkeypatch: pytest.MonkeyPatch) -> None:
    """An interpreter that has not imported the twin yet, and cannot import numba."""
    for name in [*sys.modules]:
        if name.partition(".")[0] == "numba" or name.startswith(USE_THE_TWIN):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(harness, "twin", None, raising=False)
    monkeypatch.setitem(sys.modules, "numba", None)


@pytest.fixture
def without_numba_in_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What this process starts cannot import numba."""
    folder = tmp_path / "without-numba"
    folder.mkdir()
    absent = "raise ModuleNotFoundError(\"No module named 'numba'\", name='numba')\n"
    (folder / "numba.py").write_text(absent)
    before = os.environ.get("PYTHONPATH")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), *([before] if before else [])]))


def needs(program: str, package: str) -> str:
    """The path of a program, or a skip that says how to get it; a failure where everything is required."""
    path = shutil.which(program, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin")
    if path is None:
        message = f"{program} is missing; install it: apt-get install {package}"
        if os.environ.get("SURGELINE_REQUIRE_ALL") == "1":
            pytest.fail(message)
        pytest.skip(message)
    return path
