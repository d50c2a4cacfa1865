"""What the benchmark of the limiters takes for missed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.limiters import LOADS, Found, misses

WELL = Found(goodput=1.0, p99=2.0, adapted_s=2.0)
NONE = dict.fromkeys(LOADS, WELL)


def test_nothing_is_missed_by_a_kind_that_meets_every_figure() -> None:
    assert misses(NONE, NONE, 1.0) == []


@pytest.mark.parametrize(
    ("load", "change", "words"),
    [
        (1.5, {"goodput": 0.96}, "goodput in the overload 0.960"),
        (1.5, {"p99": 3.1}, "p99 in the overload 3.1"),
        (1.5, {"adapted_s": 6.0}, "adapted after 6 s"),
        (0.7, {"goodput": 0.98}, "goodput at 0.7 0.980 of none"),
    ],
)
def test_each_figure_can_be_missed(load: float, change: dict[str, float], words: str) -> None:
    (line,) = misses({**NONE, load: replace(WELL, **change)}, NONE, 1.0)
    assert words in line


def test_an_unfair_share_is_missed() -> None:
    assert "Jain's index 0.800" in misses(NONE, NONE, 0.8)[0]
