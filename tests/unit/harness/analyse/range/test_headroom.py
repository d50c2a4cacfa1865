"""What the stable limit left unused, and what the expected peak would take."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from harness.analyse.range.headroom import Peak, headroom
from harness.analyse.range.peak_use import by_queue, by_trials
from harness.analyse.stats.queueing import waits_s

WORKERS, SERVICE_S = 8, 0.02


def used(found, resource):
    return next(item for item in found if item.resource == resource)


def run_at(make, rng, rate_per_s, seconds=20.0):
    """Evidence of eight workers of 20 ms: the calls under way are the connections and threads in use."""
    arrived_s = np.cumsum(rng.exponential(1 / rate_per_s, int(rate_per_s * seconds)))
    service_s = np.full(len(arrived_s), SERVICE_S)
    wait_s = waits_s(arrived_s, service_s, WORKERS)
    latency_s, at_s = wait_s + service_s, np.arange(0.2, seconds, 0.2)
    under_way = np.searchsorted(arrived_s, at_s) - np.searchsorted(np.sort(arrived_s + latency_s), at_s)
    delay_s = {"intended_delay_s": latency_s, "actual_delay_s": latency_s}
    served = pd.DataFrame({"arrived_s": arrived_s, "queue_wait_s": wait_s, "service_s": service_s, **delay_s})
    pool = pd.DataFrame({"at_s": at_s, "maxsize": 200, "in_use": under_way})
    made = make(latency_s, rate_per_s=rate_per_s, served=served, pool=pool, duration_s=seconds)
    made.driver["busy_threads"] = np.interp(made.driver["at_s"], at_s, under_way)
    return made


def test_the_use_at_the_limit_is_its_p99_of_what_there_is(make, rng):
    found = headroom(run_at(make, rng, 200.0), 200.0, None, 64, 100, 2**30)
    connections = used(found, "connections")
    assert (connections.available, connections.at_peak) == (200.0, None)
    assert 4 <= connections.used <= 12
    assert used(found, "threads").available == 64.0
    assert all(item.n > 0 for item in found)


def test_a_peak_near_the_capacity_takes_what_the_queue_takes(make, rng):
    """390 of 400 requests per second: 88 are under way at the p99; scaling the use by the rate said 19.5."""
    at_peak = used(
        headroom(run_at(make, rng, 340.0), 340.0, Peak(390.0, WORKERS), 64, None, None), "threads"
    ).at_peak
    assert at_peak.basis == "queue"
    assert at_peak.low <= 88 <= at_peak.high
    assert at_peak.value == pytest.approx(88, rel=0.15)


def test_a_peak_beyond_the_capacity_is_unbounded(make, rng):
    found = headroom(run_at(make, rng, 340.0), 340.0, Peak(420.0, WORKERS), 64, None, None)
    assert used(found, "connections").at_peak.unbounded
    assert used(found, "threads").at_peak.unbounded


def test_without_known_workers_the_trials_on_both_sides_bound_the_use(make, rng):
    peak = Peak(360.0, None, [(370.0, run_at(make, rng, 370.0))])
    at_peak = used(headroom(run_at(make, rng, 340.0), 340.0, peak, 64, None, None), "connections").at_peak
    assert at_peak.basis == "trials"
    assert at_peak.low <= 28 <= at_peak.high


def test_a_peak_above_every_trial_has_no_upper_bound(rng):
    at_peak = by_trials([(340.0, rng.poisson(7, 300).astype(float))], 380.0, None)
    assert (at_peak.high, at_peak.value >= 10) == (None, True)


def test_a_peak_above_an_overloaded_trial_is_unbounded(rng):
    assert by_trials([(340.0, rng.poisson(7, 300).astype(float))], 430.0, 420.0).unbounded


def test_the_trials_of_a_queue_that_does_not_fit_the_run_are_used_instead(make, rng):
    seen = run_at(make, rng, 340.0)
    seen.driver["busy_threads"] = 60
    found = headroom(seen, 340.0, Peak(380.0, WORKERS), 64, None, None)
    assert used(found, "threads").at_peak.basis == "trials"


@pytest.mark.parametrize(("load", "truth"), [(0.7, 17), (0.85, 32)])
def test_the_interval_covers_the_truth_of_m_m_8(load, truth):
    """From the stationary distribution of M/M/8; `benchmarks.range_headroom` counts more cases."""
    service_s = np.random.default_rng(1).exponential(SERVICE_S, 20_000)
    at_peak = by_queue(service_s, WORKERS, load * WORKERS / SERVICE_S)
    assert at_peak.low <= truth <= at_peak.high
    assert at_peak.value == pytest.approx(truth, rel=0.15)


def test_the_upstream_s_queue_is_counted_as_arrivals_found_it(make):
    served = pd.DataFrame(
        {
            "arrived_s": [0.0, 0.1, 0.2, 0.3],
            "queue_wait_s": [0.0, 0.9, 0.8, 0.0],
            "intended_delay_s": 0.02,
            "actual_delay_s": 0.02,
        }
    )
    found = headroom(make(np.full(400, 0.02), served=served), 10.0, None, 8, 100, None)
    assert used(found, "upstream queue").used == pytest.approx(2.0, abs=0.1)
    assert used(found, "upstream queue").available == 100.0


def test_a_short_trial_with_two_samples_does_not_bound_the_use(rng):
    """Two equal samples just above the peak, beside a long trial: their p99 is one value, without any scatter."""
    long, short = (378.0, rng.poisson(20, 300).astype(float)), (303.0, np.array([7.0, 7.0]))
    at_peak = by_trials([short, long], 300.0, None)
    assert at_peak == by_trials([long], 300.0, None)
    assert at_peak.low < at_peak.value <= at_peak.high


def test_without_a_trial_of_enough_samples_the_use_at_the_peak_is_unknown():
    assert by_trials([(303.0, np.array([7.0, 7.0]))], 300.0, None) is None
