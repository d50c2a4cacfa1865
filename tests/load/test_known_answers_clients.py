"""Known answers about clients: churn of connections, amplification, and storms that outlast their cause."""

from __future__ import annotations

import pytest

from benchmarks.known_answers import amplification, churn, hysteresis
from tests.load.answered import answered

pytestmark = pytest.mark.acceptance


def test_a_pool_too_small_opens_connections_for_half_of_the_requests(runs):
    small, large = answered(churn, runs, 8.0, (1, 20))
    assert 0.40 < small.ours < 0.60
    assert large.ours < 0.06


def test_attempts_per_call_follow_the_geometric_series(runs):
    (answer,) = answered(amplification, runs, 10.0, (0.5,))
    assert answer.within.low is not None
    assert answer.within.high is not None
    assert answer.within.low - 0.05 < answer.known < answer.within.high + 0.05


def test_retries_sustain_a_storm_that_ends_without_them(runs):
    storm, calm = hysteresis(runs, 10.0, (3, 0))
    assert storm.within.high is None
    assert calm.within.high is not None
