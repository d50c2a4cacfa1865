"""Queues on paper."""

from __future__ import annotations

import numpy as np
import pytest

from harness.analyse.stats.queueing import erlang_c, mean_wait_s, pool_size, storm_free_rate, waits_s


def test_erlang_c_of_the_textbook_queue():
    """c = 8, S = 20 ms, 320/s: known to four digits."""
    assert erlang_c(8, 6.4) == pytest.approx(0.4576, abs=5e-5)
    assert mean_wait_s(8, 0.02, 320.0) == pytest.approx(5.721e-3, abs=5e-7)


def test_one_worker_waits_as_m_m_1():
    assert erlang_c(1, 0.6) == pytest.approx(0.6)


def test_calls_wait_for_the_worker_that_is_free_first():
    arrived, service = np.array([0.0, 0.0, 0.1, 0.2]), np.array([1.0, 0.3, 0.5, 0.1])
    assert waits_s(arrived, service, 2) == pytest.approx([0.0, 0.0, 0.2, 0.6])


def test_simulated_waits_agree_with_erlang(rng):
    arrived, service = np.cumsum(rng.exponential(1 / 250, 60_000)), rng.exponential(0.02, 60_000)
    assert waits_s(arrived, service, 8).mean() == pytest.approx(mean_wait_s(8, 0.02, 250.0), rel=0.1)


def test_a_pool_has_room_for_five_deviations():
    assert pool_size(200.0, 0.03) == 19
    assert pool_size(1.0, 0.0) == 1


def test_retries_lower_the_rate_that_recovers():
    assert storm_free_rate(400.0, 3) == 100.0
