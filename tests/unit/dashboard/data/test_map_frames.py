"""A stability map as a file of values."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path

from dashboard.data.map_frames import cells_csv
from harness.record.result_store import MAPS
from tests.unit.dashboard import made_maps


def test_every_cell_is_a_line_with_its_settings_its_state_and_its_run(tmp_path: Path) -> None:
    found = MAPS.load(made_maps.confirmed(tmp_path))
    lines = list(csv.DictReader(StringIO(cells_csv(found))))
    assert len(lines) == len(found.cells)
    assert [line["predicted_state"] for line in lines] == [cell.state for cell in found.cells]
    checked = [line for line in lines if line["run"]]
    assert [(line["arrivals.rate"], line["retry.total"], line["check"]) for line in checked] == [
        ("200", "1", "run confirms"),
        ("240", "1", "run contradicts"),
        ("160", "2", "run is invalid"),
    ]
    assert lines[0]["states_of_seeds"] == "2 stable"
