"""Where the bars of a comparison lie."""

from __future__ import annotations

from math import inf

from dashboard.components.comparison_table import Bar, bar
from dashboard.data.comparison_rows import PolicyRow, Scale

SCALE = Scale(0.0, 10.0, logarithmic=False)


def row(points: tuple[float, ...], low: float | None, high: float | None) -> PolicyRow:
    return PolicyRow("careful", "5 s", points, low, high, "pass", "", "")


def test_an_interval_lies_between_its_bounds() -> None:
    assert bar(row((5.0,), 4.0, 8.0), SCALE) == Bar(40.0, 40.0, (50.0,), open_left=False, open_right=False)


def test_an_interval_without_an_upper_bound_is_open_to_the_right_end() -> None:
    assert bar(row((5.0,), 4.0, None), SCALE) == Bar(40.0, 60.0, (50.0,), open_left=False, open_right=True)


def test_a_value_that_is_not_reached_has_no_point() -> None:
    assert bar(row((inf,), 4.0, None), SCALE).points == ()


def test_what_was_not_measured_has_no_bar() -> None:
    assert bar(row((), None, None), SCALE) == Bar(0.0, 0.0, (), open_left=False, open_right=False)
