"""Vegas: one test for each rule of the source. At a limit of 20, one step is 1."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.model.limiter_settings import VegasLimiter
from harness.session.limits import vegas
from harness.session.limits.sample import WindowSample
from harness.session.limits.vegas import VegasState

SETTINGS = VegasLimiter(kind="vegas")
KNOWN = VegasState(20.0, 0.0, unloaded_s=0.02)


def _after(mean_s: float, in_flight: int = 20, dropped: int = 0, state: VegasState = KNOWN) -> VegasState:
    return vegas.update(SETTINGS, state, WindowSample((mean_s,), in_flight, dropped), 1.0)


def _with_queue(queue: int) -> float:
    """The mean response time with this queue at a limit of 20: q = ⌈20·(1 − 0.02/rtt)⌉."""
    return 0.02 / (1.0 - (queue - 0.5) / 20.0)


def test_it_begins_at_twenty() -> None:
    assert vegas.begin(SETTINGS, 5.0) == VegasState(20.0, 6.0)


def test_the_first_window_is_the_unloaded_response_time() -> None:
    assert _after(0.05, state=replace(KNOWN, unloaded_s=0.0)) == replace(
        KNOWN, unloaded_s=0.05, until_s=2.0, windows=1
    )


def test_a_shorter_response_is_the_unloaded_one_from_then_on() -> None:
    after = _after(0.015)
    assert (after.unloaded_s, after.limit) == (0.015, 20.0)


def test_a_drop_takes_a_step() -> None:
    assert _after(0.03, dropped=1).limit == 19.0


def test_drops_alone_take_a_step() -> None:
    assert vegas.update(SETTINGS, KNOWN, WindowSample((), 20, dropped=10), 1.0).limit == 19.0


@pytest.mark.parametrize(("in_flight", "expected"), [(9, 20.0), (10, 26.0)])
def test_nothing_changes_while_less_than_half_of_the_limit_is_in_use(in_flight: int, expected: float) -> None:
    assert _after(0.02, in_flight).limit == expected


@pytest.mark.parametrize(
    ("queue", "expected"), [(1, 26.0), (2, 21.0), (3, 20.0), (6, 20.0), (7, 19.0), (15, 19.0)]
)
def test_the_queue_decides_the_step(queue: int, expected: float) -> None:
    assert _after(_with_queue(queue)).limit == expected


def test_steps_grow_with_the_logarithm_of_the_limit() -> None:
    assert _after(0.02, 100, state=replace(KNOWN, limit=100.0)).limit == 112.0


def test_the_unloaded_response_time_is_measured_anew_after_many_windows() -> None:
    before = replace(KNOWN, windows=int(0.75 * 30 * 20) - 1)
    after = vegas.update(SETTINGS, before, WindowSample((0.08,), 20, draw=0.5), 1.0)
    assert (after.unloaded_s, after.windows, after.limit, after.jitter) == (0.08, 0, 20.0, 0.75)


@pytest.mark.parametrize(("draw", "jitter"), [(0.0, 0.5), (0.5, 0.75)])
def test_the_next_probe_is_drawn_from_half_to_all_of_the_interval(draw: float, jitter: float) -> None:
    after = vegas.update(SETTINGS, replace(KNOWN, windows=10**6), WindowSample((0.08,), 20, draw=draw), 1.0)
    assert after.jitter == jitter
