"""Additive increase, multiplicative decrease: one test for each rule of the source."""

from __future__ import annotations

import pytest

from harness.model.limiter_settings import AimdLimiter
from harness.session.limits import aimd
from harness.session.limits.sample import LimitState, WindowSample

SETTINGS = AimdLimiter(kind="aimd")


def _after(limit: float, sample: WindowSample) -> float:
    return aimd.update(SETTINGS, LimitState(limit, 0.0), sample, 1.0).limit


def test_it_begins_at_twenty() -> None:
    assert aimd.begin(SETTINGS, 5.0) == LimitState(20.0, 6.0)


def test_a_drop_takes_a_tenth() -> None:
    assert _after(50.0, WindowSample((0.02,), 50, dropped=1)) == 45.0


def test_a_drop_takes_at_least_one() -> None:
    assert _after(3.0, WindowSample((), 3, dropped=1)) == 2.0


def test_a_mean_above_the_timeout_is_a_drop() -> None:
    assert _after(50.0, WindowSample((5.1,), 50)) == 45.0


@pytest.mark.parametrize(("in_flight", "expected"), [(25, 51.0), (24, 50.0)])
def test_it_grows_by_one_if_half_of_the_limit_was_in_use(in_flight: int, expected: float) -> None:
    assert _after(50.0, WindowSample((0.02,), in_flight)) == expected


def test_it_never_falls_below_the_least_limit() -> None:
    assert _after(1.0, WindowSample((), 1, dropped=1)) == 1.0
