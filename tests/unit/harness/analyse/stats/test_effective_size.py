"""What a series of values computes once for all statistics of it."""

from __future__ import annotations

import numpy as np

from harness.analyse.stats.effective_size import Series


def test_what_is_computed_of_a_series_at_a_level_is_computed_once(rng):
    series = Series(rng.exponential(0.02, 400), np.zeros(400, dtype=np.int64))
    for level in (0.1, 0.2, 0.1):
        series.kept(_noted, level).append(level)
    assert series.kept(_noted, 0.1) == [0.1, 0.1]
    assert series.kept(_noted, 0.2) == [0.2]


def _noted(_: Series, __: float) -> list[float]:
    return []
