"""Jitter, by the arithmetic that AWS published."""

from __future__ import annotations

from random import Random
from typing import Literal

import pytest

from harness.model.resilience_settings import BackoffSettings
from harness.session.resilience.backoff import delay_s

Kind = Literal["exponential", "full", "equal", "decorrelated"]


def _delays(kind: Kind, retry: int, previous_s: float = 0.0) -> list[float]:
    backoff, rng = BackoffSettings(kind=kind, base_s=0.1, cap_s=2.0), Random(1)
    return [delay_s(backoff, retry, previous_s, rng) for _ in range(2000)]


def test_exponential_doubles_up_to_its_cap() -> None:
    assert [_delays("exponential", n)[0] for n in range(6)] == [0.1, 0.2, 0.4, 0.8, 1.6, 2.0]


@pytest.mark.parametrize(("kind", "low", "high"), [("full", 0.0, 0.8), ("equal", 0.4, 0.8)])
def test_jitter_is_even_over_its_range(kind: Kind, low: float, high: float) -> None:
    delays = _delays(kind, 3)
    assert low <= min(delays) < low + 0.01
    assert high - 0.01 < max(delays) <= high
    assert sum(delays) / len(delays) == pytest.approx((low + high) / 2, rel=0.05)


def test_decorrelated_draws_between_the_base_and_three_times_the_last_sleep() -> None:
    delays = _delays("decorrelated", 3, previous_s=0.5)
    assert 0.1 <= min(delays) < 0.12
    assert 1.48 < max(delays) <= 1.5


def test_decorrelated_begins_at_its_base_and_never_passes_its_cap() -> None:
    assert 0.1 <= min(_delays("decorrelated", 0)) <= max(_delays("decorrelated", 0)) <= 0.3
    assert max(_delays("decorrelated", 9, previous_s=100.0)) == 2.0


def test_the_first_retry_sleeps_too() -> None:
    assert min(_delays("equal", 0)) >= 0.05


def test_a_retry_far_out_does_not_overflow() -> None:
    assert _delays("exponential", 100_000)[0] == 2.0
