"""failsafe-go's adaptive limiter: one test for each rule of the source. At a limit of 20, one step is 1."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.model.limiter_settings import FailsafeLimiter
from harness.session.limits import failsafe
from harness.session.limits.failsafe import FailsafeState, correlation, overloaded
from harness.session.limits.sample import MovingAverage, WindowSample

SETTINGS = FailsafeLimiter(kind="failsafe")
KNOWN = FailsafeState(
    20.0, 0.0, 50, counts_drops=False, smooth=MovingAverage(0.02, 10), baseline=MovingAverage(0.02, 10)
)
SLOWING = tuple((float(n), 0.02 * n) for n in range(10, 30))
"""Response times that grow with the attempts in flight: the throughput stays the same."""


def _after(response_s: float, in_flight: int = 20, full: bool = False, **state: object) -> FailsafeState:
    before = replace(KNOWN, **state)  # type: ignore[arg-type]
    return failsafe.update(SETTINGS, before, WindowSample((response_s,) * 50, in_flight, full=full), 1.0)


def test_it_begins_at_twenty_and_asks_for_fifty_responses() -> None:
    state = failsafe.begin(SETTINGS, 5.0)
    assert (state.limit, state.samples, state.counts_drops) == (20.0, 50, False)


def test_it_grows_by_a_step_while_there_is_no_queue() -> None:
    assert _after(0.02).limit == 21.0


def test_a_queue_of_more_than_six_steps_shrinks_it() -> None:
    assert _after(0.2).limit == 19.0


def test_a_queue_between_three_and_six_steps_changes_nothing() -> None:
    smooth = MovingAverage(0.02, 10)
    assert _after(0.036, smooth=smooth, baseline=MovingAverage(0.0195, 10)).limit == 20.0


def test_a_full_limiter_in_an_overload_shrinks() -> None:
    assert _after(0.02, full=True, pairs=SLOWING).limit == 19.0


def test_a_limiter_that_is_not_full_does_not_look_at_correlations() -> None:
    assert _after(0.02, pairs=SLOWING).limit == 21.0


def test_it_shrinks_where_the_limit_is_more_than_five_times_what_is_in_flight() -> None:
    assert _after(0.02, in_flight=4).limit == 19.0


@pytest.mark.parametrize(("shortest_s", "window_s"), [(0.02, 1.0), (2.0, 4.0), (40.0, 30.0)])
def test_a_window_lasts_twice_the_shortest_response_within_its_bounds(
    shortest_s: float, window_s: float
) -> None:
    assert _after(shortest_s).until_s == pytest.approx(1.0 + window_s)


def test_a_single_slow_window_of_five_is_filtered_out() -> None:
    assert _after(9.0, recent_s=(0.02, 0.02, 0.02, 0.02)).smooth.value == pytest.approx(0.02)


def test_throughput_that_falls_with_the_attempts_in_flight_is_an_overload() -> None:
    assert overloaded(tuple((float(n), 0.001 * n * n) for n in range(10, 30)))


def test_a_response_time_that_alone_follows_the_attempts_in_flight_is_an_overload() -> None:
    assert overloaded(SLOWING)


def test_throughput_that_follows_the_attempts_in_flight_is_none() -> None:
    assert not overloaded(tuple((float(n), 0.02 + 1e-4 * n) for n in range(2, 30)))


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        (tuple((float(n), 2.0 * n) for n in range(1, 20)), 1.0),
        (tuple((float(n), 20.0 - n) for n in range(1, 20)), -1.0),
        (tuple((float(n), 2.0 * n) for n in range(1, 10)), 0.0),
        (tuple((100.0, float(n)) for n in range(1, 20)), 0.0),
    ],
    ids=["rising", "falling", "nine pairs", "no variation"],
)
def test_the_correlation_is_pearson_s(pairs: tuple[tuple[float, float], ...], expected: float) -> None:
    assert correlation(pairs)[0] == pytest.approx(expected)
