"""The prediction of a plan, by `surgeline predict` in a process of its own, so that no page waits for it.

The process has the lowest priority, and ends by itself after some processor time, whoever still waits for it.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from dashboard.data.run_plan import RunPlan
from dashboard.launch import RUNS
from harness.inputs.scenarios import Written
from harness.model.formatting import RECOVERY
from harness.model.policy import Policy
from harness.model.quantities import KEY
from harness.model.verdict import Measurement

MOST_CPU_S, LOWEST_PRIORITY = 180, 19
COLUMN = "Measurement"
SHOWN = (*KEY, RECOVERY)


@dataclass(frozen=True, slots=True)
class PredictedPolicy:
    """What was predicted for one policy of a plan, by the names of measurements.

    `overhead_s` is what a call takes beyond its service time; `calibrated_by` names the run that showed it, and is ""
    where it was assumed. `outside` says as sentences in which respects the calibration does not hold.
    """

    policy: str
    measurements: Mapping[str, Measurement]
    overhead_s: float
    calibrated_by: str
    outside: tuple[str, ...]


class PlanPrediction:
    """One plan's prediction: not started at first, then under way, then `found` or `refused` with one line."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.found: tuple[PredictedPolicy, ...] = ()
        self.refused = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._output: tuple[IO[bytes], IO[bytes]] | None = None

    @property
    def started(self) -> bool:
        """Whether it is under way, or has ended."""
        return self._process is not None

    @property
    def ended(self) -> bool:
        """Whether there is a result, or one line that says why there is none."""
        return bool(self.found or self.refused)

    def start(self, plan: RunPlan, runs: Path) -> None:
        """Starts it over the runs folder, whose calibration it uses."""
        line = [sys.executable, "-P", "-c", f"from {__name__} import main; main()", *_arguments(plan)]
        self._output = (TemporaryFile(), TemporaryFile())  # noqa: SIM115 - they are closed by `stop`
        self._process = subprocess.Popen(  # noqa: S603 - our own program, no shell
            line,
            stdin=subprocess.DEVNULL,
            stdout=self._output[0],
            stderr=self._output[1],
            env={**os.environ, RUNS: str(runs.resolve())},
        )

    def look(self) -> None:
        """Takes the result, once the process has ended."""
        if self.ended or self._process is None or self._output is None or self._process.poll() is None:
            return
        texts = []
        for file in self._output:
            file.seek(0)
            texts.append(file.read().decode(errors="replace"))
        if self._process.returncode == 0:
            self.found = _read(texts[0])
        else:
            lines = [line for line in texts[1].splitlines() if line.strip()]
            too_long = (
                f"needs more than {MOST_CPU_S} s of processor time; surgeline predict has no such limit"
            )
            self.refused = lines[-1] if lines else f"plan: {too_long}"
        self.stop()

    def stop(self) -> None:
        """Ends the process, if it is still there."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        for file in self._output or ():
            file.close()
        self._output = None


def key_of(plan: RunPlan, written: Written, policies: Sequence[Policy]) -> str:
    """The same for plans of which the same is predicted."""
    files = [written.scenario, written.upstream, *policies]
    text = f"{_arguments(plan)} {[each.model_dump_json() for each in files]}"
    return blake2b(text.encode(), digest_size=8).hexdigest()


def _arguments(plan: RunPlan) -> list[str]:
    """The arguments of `surgeline`; of several seeds the first one begins the prediction's."""
    policies = [word for one in plan.policies for word in ("--policy", one)]
    settings = [word for one in plan.overrides for word in ("--set", one)]
    seed = ["--seed", str(plan.seeds[0])] if plan.seeds else []
    return ["predict", plan.scenario, *policies, *seed, *settings, "--json"]


def _read(text: str) -> tuple[PredictedPolicy, ...]:
    found: Any = json.loads(text)
    return tuple(_policy(row) for row in (found if isinstance(found, list) else [found]))


def _policy(row: Mapping[str, Any]) -> PredictedPolicy:
    measured = {
        name: Measurement.model_validate({"name": name, **each}) for name, each in row["measurements"].items()
    }
    known = row["calibration"]
    return PredictedPolicy(
        row["policy"],
        measured,
        row["overhead_s"],
        known["run"] if known else "",
        tuple(row["outside_calibration"]),
    )


def main() -> None:
    """The process: the command line with this process's arguments."""
    os.nice(LOWEST_PRIORITY)
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU_S, MOST_CPU_S))
    import_module("surgeline.cli").main()
