"""What a window still counts as time passes."""

from __future__ import annotations

import pytest

from harness.session.resilience.sliding_window import SlidingWindow


def _after(*moves_s: float) -> tuple[int, int]:
    """The counts of a window of ten seconds at the last moment, with an event at each one before it."""
    window = SlidingWindow(10.0)
    for moment_s in moves_s[:-1]:
        window.add(moment_s, marked=1)
    return window.counts(moves_s[-1])


def test_events_and_marked_ones_are_counted_apart() -> None:
    window = SlidingWindow(10.0)
    window.add(0.0)
    window.add(0.5, total=3, marked=2)
    window.add(1.0, total=0, marked=1)
    assert window.counts(1.0) == (4, 3)


@pytest.mark.parametrize(("now_s", "counted"), [(5.5, 1), (14.9, 1), (15.0, 0), (15.5, 0), (500.0, 0)])
def test_an_event_counts_for_ten_slices_with_its_own(now_s: float, counted: int) -> None:
    assert _after(5.5, now_s) == (counted, counted)


def test_each_slice_is_forgotten_as_it_leaves_the_window() -> None:
    assert [_after(1.5, 2.5, 3.5, 10.5, now_s)[0] for now_s in (10.9, 11.0, 12.0, 13.0, 20.0)] == [
        4,
        3,
        2,
        1,
        0,
    ]


def test_a_slice_that_was_stepped_over_is_forgotten_too() -> None:
    assert _after(1.5, 2.5, 12.5) == (0, 0)


def test_time_that_goes_back_forgets_nothing() -> None:
    assert _after(5.5, 4.5, 5.5) == (2, 2)


def test_a_cleared_window_counts_anew() -> None:
    window = SlidingWindow(10.0)
    window.add(5.0, marked=1)
    window.clear()
    assert window.counts(5.0) == (0, 0)
    window.add(5.0)
    assert window.counts(5.0) == (1, 0)
