"""Hedging in front of eight workers of 20 ms, 5% of whose attempts take ten times as long, on a simulated clock."""

from __future__ import annotations

from benchmarks import hedging
from harness.model.hedge_settings import HedgeSettings

DURATION_S = 80.0


def _at(load: float, kind: str) -> hedging.Hedged:
    share, settings = hedging.KINDS[kind]
    return hedging.simulated(load, share, settings, DURATION_S)


def test_without_hedging_the_p99_is_that_of_the_slow_attempts() -> None:
    assert 0.199 < _at(0.3, "none").p99_s < 0.21


def test_capped_hedges_cut_the_p99_at_low_load_for_few_more_attempts() -> None:
    assert hedging.misses(0.3, _at(0.3, "none"), _at(0.3, "capped")) == []


def test_capped_hedges_do_little_harm_at_high_load() -> None:
    assert hedging.misses(0.8, _at(0.8, "none"), _at(0.8, "capped")) == []


def test_uncapped_hedges_make_the_p99_worse_from_sixty_percent_on() -> None:
    assert _at(0.6, "uncapped").p99_s > 2 * _at(0.6, "none").p99_s


def test_no_more_hedges_are_sent_than_the_budget_allows() -> None:
    for load in (0.3, 0.8):
        assert _at(load, "p95").more_attempts <= hedging.CAPPED


def test_a_delay_that_is_never_reached_sends_nothing() -> None:
    found = hedging.simulated(0.3, hedging.CAPPED, HedgeSettings(delay_s=5.0), 20.0 + hedging.WARM_UP_S)
    assert found.more_attempts == 0.0
