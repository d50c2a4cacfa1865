"""What the benchmark of hedging takes for missed."""

from __future__ import annotations

import pytest

from benchmarks.hedging import Hedged, misses

NONE = Hedged(0.2, 0.0, 1000)


@pytest.mark.parametrize(
    ("load", "p99_s", "more", "missed"),
    [
        (0.3, 0.069, 0.055, 0),
        (0.3, 0.08, 0.055, 1),
        (0.3, 0.069, 0.06, 1),
        (0.3, 0.2, 0.06, 2),
        (0.6, 0.24, 0.05, 0),
        (0.6, 0.25, 0.05, 1),
        (0.8, 0.25, 0.05, 1),
        (0.9, 9.0, 0.05, 0),
    ],
)
def test_each_figure_that_is_missed_has_its_line(load: float, p99_s: float, more: float, missed: int) -> None:
    assert len(misses(load, NONE, Hedged(p99_s, more, 1000))) == missed
