"""Envoy's gradient controller: one test for each rule of the source."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt

import pytest

from harness.model.limiter_settings import EnvoyLimiter
from harness.session.limits import envoy
from harness.session.limits.envoy import EnvoyState
from harness.session.limits.sample import WindowSample

SETTINGS = EnvoyLimiter(kind="envoy")
KNOWN = EnvoyState(20.0, 0.0, 1, counts_drops=False, minimum_s=0.02, measure_s=60.0)


def _after(median_s: float, now: float = 1.0, state: EnvoyState = KNOWN, draw: float = 0.0) -> EnvoyState:
    return envoy.update(SETTINGS, state, WindowSample((median_s,) * 50, 20, draw=draw), now)


def test_it_begins_with_a_measurement_of_fifty_responses_at_a_concurrency_of_three() -> None:
    state = envoy.begin(SETTINGS, 5.0)
    assert (state.limit, state.kept, state.samples, state.since_s) == (3.0, 3.0, 50, 5.0)


def test_a_measurement_takes_the_median_and_restores_the_limit() -> None:
    measuring = replace(KNOWN, limit=3.0, kept=17.0)
    after = envoy.update(SETTINGS, measuring, WindowSample((0.01, 0.02, 0.9), 3), 1.0)
    assert (after.minimum_s, after.limit, after.kept) == (0.02, 17.0, None)


@pytest.mark.parametrize(("draw", "due_s"), [(0.0, 61.0), (1.0, 70.0)])
def test_the_next_measurement_is_due_after_the_interval_and_its_jitter(draw: float, due_s: float) -> None:
    after = _after(0.02, state=replace(KNOWN, limit=3.0, kept=17.0), draw=draw)
    assert after.measure_s == pytest.approx(due_s)


def test_a_response_at_the_buffered_minimum_adds_the_square_root() -> None:
    assert _after(0.025).limit == pytest.approx(20.0 + sqrt(20.0))


def test_slower_responses_shrink_it_by_the_gradient() -> None:
    wanted = 20.0 * 0.025 / 0.04
    assert _after(0.04).limit == pytest.approx(wanted + sqrt(wanted))


@pytest.mark.parametrize(("median_s", "gradient"), [(9.0, 0.5), (0.001, 2.0)])
def test_the_gradient_is_between_a_half_and_two(median_s: float, gradient: float) -> None:
    wanted = 20.0 * gradient
    assert _after(median_s).limit == pytest.approx(wanted + sqrt(wanted))


def test_a_due_measurement_interrupts_the_limit_and_ignores_earlier_attempts() -> None:
    after = _after(0.025, now=60.0)
    assert (after.limit, after.kept, after.since_s) == (3.0, pytest.approx(20.0 + sqrt(20.0)), 60.0)


def test_five_windows_at_the_least_limit_begin_a_measurement() -> None:
    settings = EnvoyLimiter(kind="envoy", least=3)
    state, slow = replace(KNOWN, limit=3.0), WindowSample((9.0,), 3)
    measuring = []
    for _ in range(5):
        state = envoy.update(settings, state, slow, 1.0)
        measuring.append(state.kept is not None)
    assert measuring == [False] * 4 + [True]
