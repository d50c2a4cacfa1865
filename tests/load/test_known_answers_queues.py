"""Known answers about queues, in runs of some seconds; `python -m benchmarks.known_answers` makes long ones.

What theory says of averages holds on a quiet machine. What holds on any machine is the recursion: given when requests
arrived and how long they took, every wait is known.
"""

from __future__ import annotations

import pytest

from benchmarks.known_answers import capacity, closed, erlang
from tests.load.answered import answered, assert_agrees

pytestmark = pytest.mark.acceptance


def test_every_recorded_wait_equals_the_queue_recursion(runs):
    *_, same = answered(erlang, runs, 8.0)
    assert same.n > 1500
    assert same.ours > 0.99


def test_an_overloaded_upstream_serves_its_capacity(runs):
    (served,) = answered(capacity, runs, 8.0)
    assert_agrees(served)


def test_a_round_of_a_closed_loop_takes_as_long_as_the_other_users_keep_the_workers_busy(runs):
    """N·S / c, with S as the ledger says; a round is the latency and what a user takes to ask again."""
    (round_,) = answered(closed, runs, 8.0)
    assert_agrees(round_)
