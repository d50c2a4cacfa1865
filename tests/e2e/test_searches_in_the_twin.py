"""`tune` and `map` as a user runs them: simulated, confirmed by real runs, interrupted, and continued."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from harness.inputs.shipped_files import shipped_folder
from harness.record.result_store import MAPS, TUNINGS
from tests.conftest import SURGELINE, Program

pytestmark = pytest.mark.timeout(600)
PATIENCE_S = 400.0
"""The first simulation of an installation is compiled."""
SCENARIO = """
name = "some-errors"
seed = 4
upstream = "{shipped}/upstreams/fixed-8x20ms.toml"
journey = "scenarios.journeys.orders:get_order"
service = {{ processes = 1, threads = 100 }}
arrivals = [{{ rate_per_s = 150, duration_s = 6 }}]
timeline = [{{ at_s = 1, for_s = 3, fault = {{ kind = "status", status = 500, ratio = 0.1 }} }}]
slo = {{ warmup_s = 0, thresholds = ["ratio(error) < 2%", "amplification < 1.2"] }}
"""
POLICY = """
name = "no-retries"
[adapter]
pool_maxsize = 100
[timeout]
read_s = 1.0
[retry]
total = 0
status_forcelist = [500]
raise_on_status = false
"""
TUNE = ("tune", "some-errors.toml", "-p", "no-retries.toml", "--vary", "retry.total=0..3", "--trials", "8",
        "--confirm", "1", "--backend", "threading")  # fmt: skip
MAP = ("map", "some-errors.toml", "-p", "no-retries.toml", "--x", "arrivals.rate=100..500",
       "--cells", "40x6", "--backend", "threading")  # fmt: skip


@pytest.fixture(autouse=True)
def files(tmp_path: Path) -> None:
    """A scenario in which a tenth of the calls fails for three seconds, and a policy that does not retry."""
    (tmp_path / "some-errors.toml").write_text(SCENARIO.format(shipped=shipped_folder()))
    (tmp_path / "no-retries.toml").write_text(POLICY)


def _interrupted(folder: Path, arguments: tuple[str, ...], word: str) -> str:
    """Starts a command, interrupts it when a line of its progress has this word, and returns what it then said."""
    with subprocess.Popen([SURGELINE, *arguments], cwd=folder, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if word in line:
                break
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()
    assert process.returncode == 130, said
    return said


def _continued(surgeline: Program, *arguments: str) -> Any:
    done = surgeline(*arguments, "--json", timeout_s=PATIENCE_S)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.alone
def test_a_search_that_was_interrupted_after_its_first_run_confirms_a_policy_that_retries(
    surgeline: Program, runs: Path, tmp_path: Path
) -> None:
    said = _interrupted(tmp_path, TUNE, "no-retries: ✗ FAIL")
    stopped = TUNINGS.find(runs, "latest")
    assert f"To continue the search: surgeline tune --resume {stopped.id}" in said
    assert (stopped.state, [check.policy for check in stopped.checks]) == ("interrupted", ["no-retries"])
    found = _continued(surgeline, "tune", "--resume", stopped.id)
    own, winner = found["checks"]
    assert own["run"] == stopped.checks[0].run
    assert (own["verdict"]["kind"], winner["verdict"]["kind"]) == ("fail", "pass")
    assert winner["number"] == found["winner"]
    assert found["candidates"][found["winner"]]["settings"]["retry.total"] >= 1
    assert winner["run"] in (tmp_path / "tuned.toml").read_text()
    assert surgeline("check", "some-errors.toml", "-p", "tuned.toml").returncode == 0


def test_a_map_that_was_interrupted_goes_on_with_the_cells_that_are_missing(
    surgeline: Program, runs: Path, tmp_path: Path
) -> None:
    said = _interrupted(tmp_path, MAP, "60 simulations of")
    stopped = MAPS.find(runs, "latest")
    assert f"To continue the map: surgeline map --resume {stopped.id}" in said
    assert 60 <= stopped.simulations < len(stopped.cells)
    found = _continued(surgeline, "map", "--resume", stopped.id)
    assert (found["map"], len(found["cells"])) == (stopped.id, len(stopped.cells))
    assert all(cell["seeds"] for cell in found["cells"])
    again = _continued(surgeline, *MAP)
    assert [cell["state"] for cell in again["cells"]] == [cell["state"] for cell in found["cells"]]


def test_a_map_whose_scenario_has_changed_is_not_continued(
    surgeline: Program, runs: Path, tmp_path: Path
) -> None:
    _interrupted(tmp_path, MAP, "60 simulations of")
    file = tmp_path / "some-errors.toml"
    file.write_text(file.read_text().replace("ratio = 0.1", "ratio = 0.2"))
    done = surgeline("map", "--resume", "latest")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "has changed since the map was begun; make a new map" in done.stderr
    assert MAPS.find(runs, "latest").state == "interrupted"
