"""The built wheel, installed into an empty environment, works from an empty folder."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

pytestmark = pytest.mark.acceptance

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `surgeline` of a fresh environment that holds the wheel and its locked dependencies."""
    folder = tmp_path_factory.mktemp("wheel")
    _do(
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-build-isolation",
        "--no-deps",
        "-w",
        str(folder),
        str(ROOT),
    )
    (wheel,) = folder.glob("surgeline-*.whl")
    venv.create(folder / "env", with_pip=True)
    python = str(folder / "env" / "bin" / "python")
    _do(python, "-m", "pip", "install", "--require-hashes", "-r", str(ROOT / "requirements.lock"))
    _do(python, "-m", "pip", "install", "--no-deps", str(wheel))
    return folder / "env" / "bin" / "surgeline"


def _do(
    *command: str, cwd: Path | None = None, codes: tuple[int, ...] = (0,)
) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "SURGELINE_"))}
    done = subprocess.run(
        command, cwd=cwd, env=clean, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode in codes, done.stdout + done.stderr
    return done


@pytest.mark.timeout(300)
def test_the_wheel_inits_and_compares_from_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    _do(str(installed), "init", cwd=tmp_path)
    edited = tmp_path / "scenarios" / "policies" / "careful.toml"
    edited.write_text(edited.read_text().replace('name = "careful"', 'name = "mine"'))
    settings = ["--set", "scenario.arrivals.0.duration_s=4", "--set", "scenario.slo.warmup_s=1"]
    compared = _do(
        str(installed), "compare", "baseline", "-p", str(edited), "-p", "textbook", "--report", "r.html", *settings,
        cwd=tmp_path, codes=(0, 1, 3),
    )  # fmt: skip
    assert "mine" in compared.stdout
    assert "textbook" in compared.stdout
    assert len(list((tmp_path / "runs").glob("*/end.json"))) == 2
    assert (tmp_path / "r.html").read_text().startswith("<!doctype html>")
