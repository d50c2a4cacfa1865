"""What a rate that was not tried takes, by a simulated queue or by trials around it."""

from __future__ import annotations

import numpy as np
import pytest

from harness.analyse.range.peak_use import by_queue, by_trials
from harness.analyse.stats.queueing import erlang_c


def poisson(mean, n=600, seed=1):
    return np.random.default_rng(seed).poisson(mean, n).astype(float)


def test_a_queue_at_its_capacity_grows_without_bound():
    """Eight workers of 20 ms serve 400/s."""
    service_s = np.full(1000, 0.02)
    assert by_queue(service_s, 8, 400.0, draws=2).unbounded
    assert not by_queue(service_s, 8, 396.0, draws=2).unbounded


def test_idle_workers_have_as_many_under_way_as_arrive_during_a_call():
    """Poisson with a mean of 10·(0.2 + 0.3): its p99 is 11, of calls found by an arrival."""
    found = by_queue(np.full(1000, 0.2), 100, 10.0, other_s=0.3, draws=4)
    assert found.value == pytest.approx(11.0, abs=1.0)
    assert found.low <= found.value <= found.high
    assert (found.basis, found.n) == ("queue", 1000)


def test_a_mean_service_time_that_may_fill_the_workers_leaves_no_upper_bound():
    """A slow state in a tenth of the requests: the mean of 20 ms may be 25 ms."""
    bursty = np.repeat(np.tile([0.012, 0.092], 3), [900, 100] * 3)
    assert bursty.mean() == pytest.approx(0.02)
    assert by_queue(bursty, 8, 390.0, draws=2).high is None


def test_slow_requests_that_come_together_stay_together_when_they_are_drawn():
    slow = np.repeat([0.01, 0.05], [2700, 300])
    shuffled = np.random.default_rng(1).permutation(slow)
    together, apart = (by_queue(each, 8, 300.0, draws=8) for each in (slow, shuffled))
    assert together.value > 5 * apart.value


def test_between_two_trials_the_use_is_on_the_line_in_logarithms():
    """Half-way between 100/s and 400/s is 200/s, and between 10 and 40 is 20."""
    found = by_trials([(100.0, np.full(60, 10.0)), (400.0, np.full(60, 40.0))], 200.0, None)
    assert found.value == pytest.approx(20.0)
    assert (found.low, found.high, found.basis, found.n) == (10.0, pytest.approx(20.0), "trials", 120)


def test_at_the_rate_of_a_trial_the_use_is_what_it_was():
    found = by_trials([(100.0, np.full(60, 10.0))], 100.0, None)
    assert (found.value, found.low, found.high) == (
        pytest.approx(10.0),
        pytest.approx(10.0),
        pytest.approx(10.0),
    )


def test_the_nearest_trials_on_both_sides_count():
    samples = [
        (rate, np.full(60, use)) for rate, use in ((50.0, 1.0), (100.0, 10.0), (400.0, 40.0), (800.0, 900.0))
    ]
    assert by_trials(samples, 200.0, None).value == pytest.approx(20.0)


def test_below_all_trials_the_use_is_between_its_share_and_what_the_lowest_took():
    found = by_trials([(400.0, np.full(60, 40.0))], 100.0, None)
    assert (found.value, found.low, found.high) == (40.0, pytest.approx(10.0), 40.0)


def test_above_all_trials_the_use_is_at_least_in_proportion_to_the_rate():
    found = by_trials([(100.0, np.full(60, 10.0))], 250.0, None)
    assert (found.value, found.low, found.high) == (pytest.approx(25.0), pytest.approx(25.0), None)


def test_above_all_trials_the_highest_of_them_counts():
    samples = [(rate, np.full(60, use)) for rate, use in ((50.0, 1.0), (100.0, 10.0), (80.0, 3.0))]
    assert by_trials(samples, 250.0, None).value == pytest.approx(25.0)


@pytest.mark.parametrize(("overloaded_per_s", "unbounded"), [(430.0, True), (400.0, True), (431.0, False)])
def test_from_an_overloaded_rate_on_the_use_is_unbounded(overloaded_per_s, unbounded):
    assert by_trials([(340.0, poisson(7))], 430.0, overloaded_per_s).unbounded is unbounded


def test_a_resource_that_was_not_used_stays_near_zero():
    found = by_trials([(100.0, np.zeros(60)), (400.0, np.full(60, 40.0))], 200.0, None)
    assert 0.0 <= found.low <= found.value < 1.0


def test_thirty_samples_are_the_fewest_of_a_trial():
    assert by_trials([(100.0, np.full(29, 10.0))], 100.0, None) is None
    assert by_trials([(100.0, np.full(30, 10.0))], 100.0, None) is not None


def test_samples_that_scatter_widen_the_interval():
    found = by_trials([(300.0, poisson(20)), (340.0, poisson(30))], 320.0, None)
    assert found.low < found.value < found.high
    assert found.low <= np.quantile(poisson(20), 0.99) <= found.value


def test_a_queue_near_its_capacity_is_simulated_until_it_is_as_long_as_in_the_long_run():
    """M/M/8 at 97.5%: a call finds n or more others with the probability erlang_c · 0.975^(n-8)."""
    shares = (np.random.default_rng(2).permutation(20_000) + 0.5) / 20_000
    found = by_queue(-0.02 * np.log(shares), 8, 390.0, draws=12)
    true = 8 + np.log(0.01 / erlang_c(8, 390.0 * 0.02)) / np.log(0.975)
    assert found.value == pytest.approx(true, rel=0.2)
