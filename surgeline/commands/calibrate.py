"""`surgeline calibrate`: fits what a run leaves open for the twin, and says how far run and twin are apart."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.lab.settings import runs_folder
from harness.model.errors import ConfigError
from harness.record.calibration_file import CALIBRATION_FILE, write_calibration
from harness.record.reader import find_run
from surgeline.commands.options import Json, RunName
from surgeline.render.console import print_json

Out = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="The file, in place of the runs folder's own.")
]
Seeds = Annotated[int, typer.Option(min=5, max=1000, help="How many seeds the band is made of.")]


def calibrate(run: RunName, out: Out = None, seeds: Seeds = 20, as_json: Json = False) -> None:
    """Measures in a run what a call takes beyond its service time, and says how far the twin is from the run.

    Predictions use what it writes. For another target than surgeline's own upstream it learns the server, too.
    """
    from harness.calibrate.calibration import calibrate as calibrated
    from surgeline.render.calibration import calibrated_json, show_calibrated

    record = find_run(runs_folder(), run)
    found = calibrated(record, seeds)
    if out is None and found.calibration.upstream is not None:
        problem = (
            f"is missing: {record.run.id} sent its load to {record.run.target}, and what was learned of that server "
            "holds for no other one; name a file, and give it to predict with --calibration"
        )
        raise ConfigError("calibrate", "--out", problem)
    path = out or record.folder.parent / CALIBRATION_FILE
    write_calibration(path, found.calibration)
    if as_json:
        print_json(calibrated_json(found, path))
    else:
        show_calibrated(found, path)
