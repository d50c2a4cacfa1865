"""Changes of a level are found where they are, and noise is none."""

from __future__ import annotations

import numpy as np
import pytest

from harness.analyse.learning.shifts import levels

rng = np.random.default_rng(2)


def test_a_step_is_where_it_is() -> None:
    found = levels(np.concatenate([rng.normal(1, 0.1, 50), rng.normal(2, 0.1, 30)]), 0.01)

    assert [(level.begin, level.end) for level in found] == [(0, 50), (50, 80)]
    assert found[1].mean == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize("seed", range(10))
def test_noise_has_one_level(seed: int) -> None:
    assert len(levels(np.random.default_rng(seed).normal(1, 0.1, 120), 0.01)) == 1


def test_a_single_step_back_and_forth_is_found() -> None:
    values = rng.normal(1, 0.1, 60)
    values[30] = 9.0

    assert [(level.begin, level.end) for level in levels(values, 0.01)] == [(0, 30), (30, 31), (31, 60)]


def test_changes_below_the_given_noise_are_none() -> None:
    assert len(levels(np.concatenate([np.zeros(50), np.full(30, 0.001)]), 0.01)) == 1


def test_missing_values_continue_the_value_before() -> None:
    values = np.concatenate([np.full(20, 1.0), np.full(5, np.nan), np.full(20, 5.0)])

    assert [level.end for level in levels(values, 0.1)] == [25, 45]


@pytest.mark.parametrize(("values", "count"), [([], 0), ([1.0], 1), ([float("nan")] * 5, 1)])
def test_few_values_are_no_change(values: list[float], count: int) -> None:
    assert len(levels(np.array(values), 0.1)) == count


def test_before_the_first_known_value_there_is_that_one() -> None:
    (found,) = levels(np.array([np.nan, np.nan, *np.full(10, 5.0)]), 0.1)
    assert found.mean == 5.0
