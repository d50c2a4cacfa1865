"""Known answers about clients: churn of connections, amplification, and storms that outlast their cause."""

from __future__ import annotations

import pytest

from benchmarks.known_answers import amplification, churn, hysteresis
from tests.load.answered import answered, assert_agrees

pytestmark = pytest.mark.acceptance


def test_a_smaller_pool_opens_more_connections_as_was_measured_before(runs):
    for answer in answered(churn, runs, 8.0, (1, 20)):
        assert_agrees(answer)


def test_attempts_per_call_follow_the_geometric_series(runs):
    (answer,) = answered(amplification, runs, 10.0, (0.5,))
    assert_agrees(answer)


def test_retries_sustain_a_storm_that_ends_without_them(runs):
    storm, calm = hysteresis(runs, 10.0, (3, 0))
    assert storm.within.high is None
    assert calm.within.high is not None
