"""The prediction of a plan, by `surgeline predict` in a process of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from importlib import import_module
from pathlib import Path
from typing import Any

from dashboard.data.low_priority import LowPriorityProcess
from dashboard.data.run_plan import RunPlan
from harness.inputs.scenarios import Written
from harness.model.formatting import RECOVERY
from harness.model.policy import Policy
from harness.model.quantities import KEY
from harness.model.verdict import Measurement

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


def start_prediction(plan: RunPlan, runs: Path) -> LowPriorityProcess:
    """The process that predicts a plan, over the runs folder, whose calibration it uses."""
    return LowPriorityProcess(__name__, runs, _arguments(plan))


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


def read_prediction(text: str) -> tuple[PredictedPolicy, ...]:
    """What the process printed."""
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
    import_module("surgeline.cli").main()
