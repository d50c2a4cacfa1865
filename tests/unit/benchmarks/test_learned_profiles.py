"""What the benchmark of learned profiles counts as wanted."""

from __future__ import annotations

import pytest

from benchmarks.learned_profiles import Found, medians_apart, misses, replay_chances


def found(
    workers: float | None = 8.0,
    median_ms: float = 50.0,
    replayed: float = 100.0,
    high: float = 90.0,
    making: int = 1,
) -> Found:
    third = {
        "held": 100.0, "low": 80.0, "high": 130.0,
        "replayed": replayed, "replayed_low": replayed - 5, "replayed_high": max(replayed, high),
    }  # fmt: skip
    return Found(
        "s",
        making,
        "nginx",
        "lab",
        workers,
        7.0,
        9.0,
        median_ms,
        0.98 * median_ms,
        1.02 * median_ms,
        50.0,
        {"p95": third},
    )


def test_what_is_near_the_truth_is_as_wanted() -> None:
    assert misses(found(workers=9.0, median_ms=51.0, replayed=109.0), 0.8) == []


def test_workers_count_at_80_percent_load_only() -> None:
    assert misses(found(workers=None), 0.8) == ["workers"]
    assert misses(found(workers=10.0), 0.8) == ["workers"]
    assert misses(found(workers=None), 0.5) == []


def test_a_median_is_the_mean_of_the_makings() -> None:
    makings = [found(median_ms=52.0), found(median_ms=52.0), found(median_ms=51.0, making=2)]
    assert medians_apart(makings) == {"s, nginx": pytest.approx(0.03)}


def test_a_replay_within_10_percent_is_no_difference() -> None:
    assert [chance for _, chance in replay_chances(found(replayed=109.0))] == [1.0]


def test_a_replay_further_off_is_judged_by_both_intervals() -> None:
    ((name, by_chance),), ((_, hardly),) = (
        tuple(replay_chances(found(replayed=at))) for at in (112.0, 200.0)
    )
    assert name == "s, nginx, lab: p95"
    assert 0.05 < by_chance < 1
    assert hardly < 0.01
