"""The built wheel, installed into an empty environment: the lab, and the runtime of a service without it."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

pytestmark = pytest.mark.acceptance

ROOT = Path(__file__).parents[2]
SERVICE = """
import http.server, threading, urllib.request
import surgeline

upstream = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
threading.Thread(target=upstream.serve_forever, daemon=True).start()
session = surgeline.session("careful")
metrics = surgeline.export(surgeline.instrument(session), service="orders")
assert session.get(f"http://127.0.0.1:{upstream.server_port}/").status_code == 200
text = urllib.request.urlopen(f"http://127.0.0.1:{metrics.port}/metrics").read().decode()
print([line for line in text.splitlines() if line.startswith("surgeline_call_duration_seconds_count")])
try:
    surgeline.run
except ImportError as error:
    print(error)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-m", "pip", "wheel", "--no-build-isolation", "--no-deps")
    _do(*pip, "-w", str(folder), str(ROOT))
    (built,) = folder.glob("surgeline-*.whl")
    return built


def _installed(wheel: Path, lock: str) -> Path:
    """The `bin` of a fresh environment that holds the wheel and the packages of a lock file."""
    folder = wheel.parent / lock
    venv.create(folder, with_pip=True)
    pip = (str(folder / "bin" / "python"), "-m", "pip", "install")
    _do(*pip, "--require-hashes", "-r", str(ROOT / lock))
    _do(*pip, "--no-deps", str(wheel))
    return folder / "bin"


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
def test_the_wheel_inits_and_compares_from_an_empty_folder(wheel: Path, tmp_path: Path) -> None:
    installed = _installed(wheel, "requirements.lock") / "surgeline"
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


@pytest.mark.timeout(300)
def test_the_wheel_without_the_lab_builds_a_session_and_exports_its_metrics(
    wheel: Path, tmp_path: Path
) -> None:
    installed = _installed(wheel, "requirements-runtime.lock")
    served = _do(str(installed / "python"), "-c", SERVICE, cwd=tmp_path).stdout
    assert '{policy="orders",scenario="production"' in served
    assert 'outcome="ok"} 1' in served
    assert (
        'surgeline.run needs packages that are not installed; install them: pip install "surgeline[lab]"'
        in served
    )
    refused = _do(str(installed / "surgeline"), "run", "baseline", "-p", "careful", cwd=tmp_path, codes=(2,))
    assert refused.stderr.count("\n") == 1
    assert 'pip install "surgeline[lab]"' in refused.stderr
