"""What a series of values computes once for all statistics of it."""

from __future__ import annotations

import numpy as np
import pytest

from harness.analyse.stats.effective_size import Effective, Series


def test_what_is_computed_of_a_series_at_a_level_is_computed_once(rng):
    series = Series(rng.exponential(0.02, 400), np.zeros(400, dtype=np.int64))
    for level in (0.1, 0.2, 0.1):
        series.kept(_noted, level).append(level)
    assert series.kept(_noted, 0.1) == [0.1, 0.1]
    assert series.kept(_noted, 0.2) == [0.2]


def _noted(_: Series, __: float) -> list[float]:
    return []


def test_independent_samples_and_a_design_effect_that_may_be_chance_widen_nothing():
    assert Effective(1000, 1000.0, 29.0).widening(120.0) == 1.0
    assert Effective(1000, 500.0, 29.0).widening(120.0) == 1.0


def test_few_samples_of_dependent_calls_reach_further():
    assert Effective(1000, 100.0, 29.0).widening(120.0) == pytest.approx(
        (1 + 120 * (1 / 100 - 2 / 1000)) ** 0.5
    )
