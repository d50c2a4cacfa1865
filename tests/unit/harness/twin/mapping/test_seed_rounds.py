"""Rounds of a map: where further seeds are spent. A made-up upstream answers in place of the simulation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf

import pytest

from harness.model.stability_map import StabilityMap
from harness.twin.mapping.cells import map_spec
from harness.twin.mapping.seed_rounds import begin_map, fill_map
from harness.twin.sweep import SweepCell, sweeping
from harness.twin.values import Values

CAPACITY_PER_S = 400.0


class MadeUpSweep:
    """Serves up to 400/s; recovers below 400 / (1 + R), and within 10% of that by the parity of the seed."""

    def __init__(self) -> None:
        self.played: list[SweepCell] = []

    def __call__(self, cells: Sequence[SweepCell]) -> Iterator[Values]:
        self.played += cells
        return iter([self._values(cell) for cell in cells])

    def _values(self, cell: SweepCell) -> Values:
        rate, retries = cell.scenario.most_per_s, cell.policy.retries_at_most
        served = {"offered_rate": rate, "goodput": min(rate, CAPACITY_PER_S), "amplification": 1.0}
        if not cell.scenario.timeline:
            return served
        times = rate * (1 + retries) / CAPACITY_PER_S
        near = 0.9 < times < 1.1
        recovers = cell.scenario.seed % 2 == 0 if near else times <= 1.0
        return {**served, "recovery": 2.0 if recovers else inf}


def _begun(cells: tuple[int, int] = (10, 4), seeds: int = 4) -> StabilityMap:
    axes = ("arrivals.rate=50..500", "retry.total=0..3")
    return begin_map(map_spec("retry-storm", "storm-three-retries", (), 10, axes, cells, seeds))


def test_the_three_states_lie_where_they_should():
    found = fill_map(_begun(), MadeUpSweep(), lambda newer: None)
    letters = ["".join(found.cell(x, y).state[0] for x in range(10)) for y in range(4)]
    assert letters == ["sssssssvoo", "sssvvvvvoo", "ssvvvvvvoo", "svvvvvvvoo"]


def test_seeds_are_spent_where_neighbours_or_seeds_differ():
    sweep = MadeUpSweep()
    found = fill_map(_begun(), sweep, lambda newer: None)
    spent = ["".join(str(len(found.cell(x, y).seeds)) for x in range(10)) for y in range(4)]
    assert spent == ["1114444441", "1144444441", "1444111441", "4441111441"]
    assert [cell.scenario.seed for cell in sweep.played[:40]] == [10] * 40
    assert {cell.scenario.seed for cell in sweep.played} == {10, 11, 12, 13}


def test_what_is_overloaded_is_not_played_with_its_fault():
    sweep = MadeUpSweep()
    fill_map(_begun(), sweep, lambda newer: None)
    assert max(cell.scenario.most_per_s for cell in sweep.played if cell.scenario.timeline) == 400.0


def test_a_map_is_kept_after_each_round():
    kept: list[StabilityMap] = []
    assert fill_map(_begun(), MadeUpSweep(), kept.append) == kept[-1]
    assert kept[0].simulations == 40 < kept[-1].simulations


def test_the_simulation_finds_where_recovery_ends():
    axes = ("arrivals.rate=80..280", "retry.total=0..3")
    settings = ("scenario.arrivals.0.duration_s=25",)
    spec = map_spec("retry-storm", "storm-three-retries", settings, None, axes, (2, 2), 1)
    with sweeping("threading") as sweep:
        found = fill_map(begin_map(spec), sweep, lambda newer: None)
    assert [cell.state for cell in found.cells] == ["stable", "stable", "stable", "vulnerable"]
    assert found.cell(0, 0).seeds[0].goodput_ratio == pytest.approx(1.0, abs=0.05)


class Interrupted(Exception):
    """Ends a map."""


@pytest.mark.parametrize("keeps", [1, 2, 4, 5])
def test_a_map_that_was_interrupted_and_continued_is_the_same_and_repeats_no_kept_cell(keeps):
    whole, begun, kept = MadeUpSweep(), _begun((50, 4)), []
    wanted = fill_map(begun, whole, lambda newer: None)

    def interrupt(newer):
        kept.append(newer)
        if len(kept) == keeps:
            raise Interrupted

    first, second = MadeUpSweep(), MadeUpSweep()
    with pytest.raises(Interrupted):
        fill_map(begun, first, interrupt)
    assert fill_map(kept[-1], second, lambda newer: None) == wanted
    assert len(first.played) + len(second.played) == len(whole.played)
