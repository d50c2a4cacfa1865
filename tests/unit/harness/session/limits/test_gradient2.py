"""Gradient2: one test for each rule of the source."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.model.limiter_settings import Gradient2Limiter
from harness.session.limits import gradient2
from harness.session.limits.gradient2 import Gradient2State
from harness.session.limits.sample import MovingAverage, WindowSample

SETTINGS = Gradient2Limiter(kind="gradient2")
KNOWN = Gradient2State(20.0, 0.0, long=MovingAverage(0.02, 10))


def _after(mean_s: float, in_flight: int = 20, state: Gradient2State = KNOWN) -> Gradient2State:
    return gradient2.update(SETTINGS, state, WindowSample((mean_s,), in_flight), 1.0)


def test_it_begins_at_twenty() -> None:
    assert gradient2.begin(SETTINGS, 5.0) == Gradient2State(20.0, 6.0)


def test_the_queue_is_added_while_responses_are_as_usual() -> None:
    assert _after(0.02).limit == pytest.approx(20.0 + 0.2 * 4)


def test_one_and_a_half_times_the_usual_response_is_tolerated() -> None:
    assert _after(0.03).limit == pytest.approx(20.0 + 0.2 * 4, rel=1e-3)


def test_slower_responses_shrink_it_by_the_gradient() -> None:
    long_s = 0.02 * (1 - 2 / 601) + 0.05 * 2 / 601
    assert _after(0.05).limit == pytest.approx(0.8 * 20 + 0.2 * (1.5 * long_s / 0.05 * 20 + 4))


def test_it_shrinks_to_no_less_than_half_in_one_window() -> None:
    assert _after(2.0).limit == pytest.approx(0.8 * 20 + 0.2 * (0.5 * 20 + 4))


@pytest.mark.parametrize(("in_flight", "grows"), [(9, False), (10, True)])
def test_nothing_changes_while_less_than_half_of_the_limit_is_in_use(in_flight: int, grows: bool) -> None:
    assert (_after(0.02, in_flight).limit > 20.0) is grows


def test_a_long_average_of_more_than_twice_the_short_one_is_cut_by_a_twentieth() -> None:
    after = _after(0.02, state=replace(KNOWN, long=MovingAverage(0.1, 10)))
    assert after.long.value == pytest.approx((0.1 * (1 - 2 / 601) + 0.02 * 2 / 601) * 0.95)


def test_drops_are_no_part_of_it() -> None:
    assert gradient2.update(SETTINGS, KNOWN, WindowSample((), 20, dropped=10), 1.0).limit == 20.0
