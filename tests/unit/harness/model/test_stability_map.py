"""Cells of a map, their states, and the commands that lead from them."""

from __future__ import annotations

import pytest

from harness.model.stability_map import CellRun, MapCell, MapState, SeedOutcome
from tests.unit.dashboard.made_maps import made_map

FOUND = made_map(("sssv", "ssvo", "svvo"))


@pytest.mark.parametrize(
    ("letters", "state", "agreed"),
    [
        ("ss", "stable", True),
        ("vv", "vulnerable", True),
        ("sv", "vulnerable", False),
        ("so", "vulnerable", False),
        ("soo", "overloaded", False),
        ("u", "untested", True),
    ],
)
def test_seeds_that_differ_make_a_cell_vulnerable_unless_most_are_overloaded(letters, state, agreed):
    states: dict[str, MapState] = {"s": "stable", "v": "vulnerable", "o": "overloaded", "u": "untested"}
    seeds = tuple(SeedOutcome(state=states[letter], goodput_ratio=1.0) for letter in letters)
    cell = MapCell(x=0, y=0, seeds=seeds)
    assert (cell.state, cell.agreed) == (state, agreed)


def test_a_cell_has_its_neighbours_beside_above_and_below():
    assert {(n.x, n.y) for n in FOUND.neighbours(FOUND.cell(1, 1))} == {(0, 1), (2, 1), (1, 0), (1, 2)}
    assert {(n.x, n.y) for n in FOUND.neighbours(FOUND.cell(0, 0))} == {(1, 0), (0, 1)}
    assert {(n.x, n.y) for n in FOUND.neighbours(FOUND.cell(3, 2))} == {(2, 2), (3, 1)}


def test_a_cell_leads_to_the_command_that_predicts_it():
    assert FOUND.predict_command(2, 1) == [
        "surgeline", "predict", "retry-storm", "-p", "storm-three-retries", "--seed", "13",
        "--set", "scenario.arrivals.0.rate_per_s=120", "--set", "policy.retry.total=1",
    ]  # fmt: skip


def test_a_run_agrees_with_a_state_that_seeds_of_its_cell_have():
    assert FOUND.agrees(CellRun(x=0, y=0, run="r", state="stable"))
    assert not FOUND.agrees(CellRun(x=3, y=0, run="r", state="stable"))


def test_the_rate_without_a_storm_is_the_capacity_over_the_attempts():
    assert FOUND.spec.storm_free_rates == pytest.approx((400.0, 200.0, 400 / 3))


@pytest.mark.parametrize("change", ["axes", "brownout", "workers"])
def test_there_is_no_such_rate_without_a_fixed_capacity_over_retries(change):
    spec = FOUND.spec
    capacity = spec.upstream.capacity.model_copy(
        update={"brownout": 0.2} if change == "brownout" else {"workers": None}
    )
    changed = {
        "axes": {"x": spec.y, "y": spec.x},
        "brownout": {"upstream": spec.upstream.model_copy(update={"capacity": capacity})},
        "workers": {"upstream": spec.upstream.model_copy(update={"capacity": capacity})},
    }[change]
    assert spec.model_copy(update=changed).storm_free_rates == ()
