"""What all rules share."""

from __future__ import annotations

import pytest

from harness.session.limits.sample import EMPTY, WindowSample, step


def test_a_window_without_a_response_has_no_mean() -> None:
    assert WindowSample((), 3, dropped=10).mean_s is None


@pytest.mark.parametrize(("limit", "expected"), [(0.5, 1), (9.0, 1), (99.9, 1), (100.0, 2), (1000.0, 3)])
def test_a_step_is_the_whole_logarithm_and_at_least_one(limit: float, expected: int) -> None:
    assert step(limit) == expected


def test_a_moving_average_is_a_mean_of_ten_values_first() -> None:
    average = EMPTY
    for value in range(1, 11):
        average = average.add(float(value), 600)
    assert average.value == pytest.approx(5.5)
    assert average.add(11.0, 9).value == pytest.approx(0.8 * 5.5 + 0.2 * 11.0)
