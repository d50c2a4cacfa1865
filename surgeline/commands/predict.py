"""`surgeline predict`: what runs of a scenario would measure, from a simulation and without any load."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.inputs.overrides import read_overrides
from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario, with_seed
from harness.lab.settings import runs_folder
from harness.record.calibration_file import calibration_of, read_calibration
from surgeline.commands.options import Json, PolicyNames, ScenarioName, Seed, Settings
from surgeline.render.console import print_json

Seeds = Annotated[int, typer.Option(min=5, max=1000, help="How many seeds are simulated, from the first on.")]

CalibrationFile = Annotated[
    Path | None,
    typer.Option(
        "--calibration", metavar="FILE", help="What `surgeline calibrate` wrote; else this machine's, if any."
    ),
]


def predict(
    scenario: ScenarioName,
    policy: PolicyNames = ["careful"],
    seeds: Seeds = 20,
    seed: Seed = None,
    settings: Settings = [],
    calibration: CalibrationFile = None,
    as_json: Json = False,
) -> None:
    """Predicts the measurements of a run by simulation. A prediction is not a run, and never a verdict."""
    from harness.twin.prediction import predict as predicted
    from surgeline.render.prediction import prediction_json, show_prediction

    known = read_calibration(calibration) if calibration else calibration_of(runs_folder())
    overrides = read_overrides(settings)
    written = read_scenario(scenario, overrides)
    whole = with_seed(written.scenario, seed)
    found = [
        predicted(read_policy(name, overrides), whole, written.upstream, seeds, known) for name in policy
    ]
    if as_json:
        rows = [prediction_json(each) for each in found]
        print_json(rows[0] if len(rows) == 1 else rows)
        return
    for each in found:
        show_prediction(each)
