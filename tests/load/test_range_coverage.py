"""Known answer: on simulated systems a claimed limit is safe, near the truth, and cheaper than plain bisection.

A short version of `python -m benchmarks.range_cost`, which makes 200 systems of each of ten families.
"""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.range_cost import HORIZON_S, Outcome, judge, plain, search
from benchmarks.range_systems import SOFT, System, boundaries, latencies, systems
from harness.analyse.range.step_controller import next_step
from tests.load.test_interval_coverage import true_quantile

pytestmark = pytest.mark.acceptance

SYSTEMS, SEED = 12, 3
CALLS = 60_000


@pytest.fixture(scope="module")
def known() -> tuple[list[System], np.ndarray]:
    """Systems with soft knees and their true boundaries."""
    rng = np.random.default_rng(SEED)
    found = [system for family in SOFT for system in systems(family, SYSTEMS, rng)]
    return found, boundaries(found, rng, CALLS, repetitions=2)


@pytest.fixture(scope="module")
def ours(known) -> list[Outcome]:
    """What the search finds."""
    return _judged(known, next_step)


def _judged(known, step) -> list[Outcome]:
    rng = np.random.default_rng(SEED)
    outcomes = search(known[0], step, rng)
    judge(outcomes, HORIZON_S, rng, known[1])
    return outcomes


def _claimed(outcomes: list[Outcome]) -> np.ndarray:
    shares = np.array([outcome.share for outcome in outcomes])
    return shares[np.isfinite(shares)]


def test_a_claimed_limit_is_safe_nine_times_in_ten(ours):
    """The truth itself is known to about 1% here."""
    assert len(_claimed(ours)) >= 0.9 * SYSTEMS * len(SOFT)
    assert np.mean(_claimed(ours) <= 1.01) >= 0.9


def test_half_of_the_claimed_limits_are_within_twelve_percent_of_the_truth(ours):
    assert np.median(_claimed(ours)) >= 0.88


def test_a_range_costs_two_minutes_of_load(ours):
    assert np.median([outcome.load_s for outcome in ours]) <= 120


def test_plain_bisection_is_unsafe_more_than_half_of_the_time(known):
    assert np.mean(_claimed(_judged(known, plain)) <= 1.0) < 0.5


def test_the_simulated_queue_is_m_m_8():
    lane = System("M/M/c", 8, 0.02, 0.1)
    rng = np.random.default_rng(2)
    _, _, seconds = next(latencies([lane], np.array([320.0]), np.array([400.0]), rng))
    assert np.quantile(seconds[2000:], 0.99) == pytest.approx(true_quantile(0.8, 0.99), rel=0.05)
