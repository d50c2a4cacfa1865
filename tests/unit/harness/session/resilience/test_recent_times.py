"""The percentile of recent times: from when on it is known, and when it is decided anew."""

from __future__ import annotations

from harness.session.resilience.recent_times import EVERY, KEPT, LEAST, RecentTimes


def _added(times: RecentTimes, seconds: float, count: int) -> RecentTimes:
    for _ in range(count):
        times.add(seconds)
    return times


def test_nothing_is_known_of_too_few_attempts() -> None:
    assert _added(RecentTimes("p95"), 1.0, LEAST - 1).value_s is None


def test_it_is_the_percentile_of_the_first_attempts() -> None:
    times = RecentTimes("p95")
    for n in range(1, LEAST + 1):
        times.add(float(n))
    assert times.value_s == 48.0


def test_it_stays_until_two_hundred_further_attempts_are_known() -> None:
    times = _added(_added(RecentTimes("p50"), 1.0, LEAST), 2.0, EVERY - 1)
    assert times.value_s == 1.0
    assert _added(times, 2.0, 1).value_s == 2.0


def test_old_attempts_are_forgotten() -> None:
    times = _added(_added(RecentTimes("p99"), 9.0, LEAST), 1.0, KEPT)
    assert times.value_s == 1.0
