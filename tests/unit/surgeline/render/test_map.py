"""A map in the terminal and as JSON."""

from __future__ import annotations

import pytest

from harness.model.stability_map import CellRun
from surgeline.render.map import map_json, show_map
from tests.unit.dashboard.made_maps import made_map

ROWS = ("sssv", "ssvo", "svvo")
RUNS = (
    CellRun(x=2, y=0, run="first", state="stable", recovery_s=2.0),
    CellRun(x=2, y=1, run="second", state="stable", recovery_s=3.0),
    CellRun(x=0, y=2, run="third", state="stable", invalid="the driver waited for a core"),
)
FOUND = made_map(ROWS).model_copy(update={"runs": RUNS})


def test_a_row_has_a_mark_for_each_cell_and_says_where_its_states_end(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show_map(FOUND)
    shown = capsys.readouterr().out
    rows = [line.split() for line in shown.splitlines() if line[:1] in "012" and line[1:2] == " "]
    assert rows == [
        ["2", "!", "▒", "▒", "█", "40", "160", "133/s"],
        ["1", "·", "·", "✗", "█", "80", "160", "200/s"],
        ["0", "·", "·", "✓", "▒", "120", "none", "400/s"],
    ]
    assert "predicted: the cells were simulated and not measured" in shown


def test_each_run_says_whether_it_confirms_the_map(capsys: pytest.CaptureFixture[str]) -> None:
    show_map(FOUND)
    shown = capsys.readouterr().out
    assert "✓ arrivals.rate 120, retry.total 0: the run confirms the map; it is stable after 2.00 s" in shown
    assert (
        "✗ arrivals.rate 120, retry.total 1: the run contradicts the map; it is stable after 3.00 s" in shown
    )
    assert "! arrivals.rate 40, retry.total 2: the run is invalid: the driver waited for a core" in shown


def test_a_machine_reads_states_runs_and_theory() -> None:
    found = map_json(FOUND)
    assert found["predicted"] is True
    assert [cell["state"] for cell in found["cells"][:4]] == ["stable", "stable", "stable", "vulnerable"]
    assert [run["agrees"] for run in found["runs"]] == [True, False, None]
    assert found["theory"] == pytest.approx((400.0, 200.0, 400 / 3))
