"""How a client holds itself back."""

from __future__ import annotations

from random import Random

import pytest

from harness.model import resilience_settings
from harness.session.resilience.throttle import AdaptiveThrottle, RateThrottle, throttle


def test_a_rate_spaces_attempts_evenly() -> None:
    held = RateThrottle(rate_per_s=10.0)
    assert [held.reserve(5.0) for _ in range(4)] == pytest.approx([0.0, 0.1, 0.2, 0.3])


def test_a_burst_goes_out_at_once() -> None:
    held = RateThrottle(rate_per_s=10.0, burst=3)
    assert [held.reserve(5.0) for _ in range(4)] == pytest.approx([0.0, 0.0, 0.0, 0.1])


def test_a_wait_beyond_patience_is_refused_and_reserves_nothing() -> None:
    held = RateThrottle(rate_per_s=10.0, wait_s=0.15)
    assert [held.reserve(5.0) for _ in range(3)] == [0.0, pytest.approx(0.1), None]
    assert held.reserve(5.1) == pytest.approx(0.1)


def test_an_idle_client_saves_up_no_more_than_its_burst() -> None:
    held = RateThrottle(rate_per_s=10.0, burst=2)
    held.reserve(0.0)
    assert [held.reserve(100.0) for _ in range(3)] == pytest.approx([0.0, 0.0, 0.1])


def test_the_rate_can_be_changed_while_it_runs() -> None:
    held = RateThrottle(rate_per_s=10.0)
    held.reserve(0.0)
    held.rate_per_s = 100.0
    held.reserve(0.1)
    assert held.reserve(0.1) == pytest.approx(0.01)


def test_a_host_that_accepts_everything_is_never_held_back() -> None:
    held, rng = AdaptiveThrottle(resilience_settings.AdaptiveThrottleSettings(kind="adaptive")), Random(1)
    for number in range(500):
        assert held.allow(number * 0.01, rng)
        held.accepted(number * 0.01)
    assert held.refusal_ratio(5.0) == 0.0


def test_a_host_that_accepts_nothing_gets_fewer_and_fewer_attempts() -> None:
    held, rng = AdaptiveThrottle(resilience_settings.AdaptiveThrottleSettings(kind="adaptive")), Random(1)
    sent = sum(held.allow(number * 0.01, rng) for number in range(1000))
    assert sent < 20
    assert held.refusal_ratio(10.0) == pytest.approx(1000 / 1001)


def test_k_2_sends_twice_of_what_is_accepted() -> None:
    held, rng = (
        AdaptiveThrottle(resilience_settings.AdaptiveThrottleSettings(kind="adaptive", window_s=20.0)),
        Random(1),
    )
    sent = accepted = this_second = 0
    for number in range(20_000):  # 200 a second, of which the host takes 50 a second
        now = number * 0.005
        this_second = 0 if number % 200 == 0 else this_second
        if held.allow(now, rng):
            sent, this_second = sent + 1, this_second + 1
            if this_second <= 50:
                accepted += 1
                held.accepted(now)
    assert sent / accepted == pytest.approx(2.0, rel=0.1)


def test_it_forgives_when_the_window_has_passed() -> None:
    held, rng = (
        AdaptiveThrottle(resilience_settings.AdaptiveThrottleSettings(kind="adaptive", window_s=10.0)),
        Random(1),
    )
    for _ in range(100):
        held.allow(1.0, rng)
    assert held.refusal_ratio(12.1) == 0.0


def test_each_kind_of_settings_gets_its_throttle() -> None:
    assert isinstance(
        throttle(resilience_settings.RateThrottleSettings(kind="rate", rate_per_s=5.0)), RateThrottle
    )
    assert isinstance(
        throttle(resilience_settings.AdaptiveThrottleSettings(kind="adaptive")), AdaptiveThrottle
    )


def test_a_wait_of_just_what_is_allowed_is_not_refused() -> None:
    held = RateThrottle(rate_per_s=4.0, wait_s=0.25)
    assert [held.reserve(8.0) for _ in range(3)] == [0.0, 0.25, None]


def test_a_burst_is_there_at_the_start_of_the_clock() -> None:
    held = RateThrottle(rate_per_s=0.5, burst=3)
    assert [held.reserve(0.25) for _ in range(4)] == [0.0, 0.0, 0.0, None]
