"""What the stable limit left unused, and what the expected peak would take."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest

from harness.analyse.range import headroom as module
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


def steady(make, **columns):
    """20 s in which the service, the pool and the driver use the same all the time."""
    evidence = make(
        np.full(4000, 0.02), pool=pd.DataFrame({"at_s": np.arange(20.0), "maxsize": 20, "in_use": 7})
    )
    evidence.served["queue_wait_s"] = 0.003
    for name, value in {"busy_threads": 5, "rss_bytes": 2**26, **columns}.items():
        evidence.driver[name] = value
    return evidence


def test_every_resource_is_shown_with_its_use_what_there_is_and_its_samples(make):
    found = headroom(steady(make), 200.0, None, 64, 100, 2**30)
    assert [(item.resource, item.unit, item.used, item.available) for item in found] == [
        ("connections", "count", 7.0, 20.0),
        ("threads", "count", 5.0, 64.0),
        ("upstream queue", "count", 1.0, 100.0),
        ("upstream queue wait", "s", 0.003, None),
        ("driver CPU", "ratio", pytest.approx(0.3), 1.0),
        ("driver memory", "bytes", float(2**26), float(2**30)),
    ]
    assert used(found, "connections").n == 20


def test_without_bounds_there_is_no_limit(make):
    found = headroom(steady(make), 200.0, None, 64, None, None)
    assert used(found, "upstream queue").available is None
    assert used(found, "driver memory").available is None


def test_what_was_used_before_the_counted_window_does_not_count(make):
    evidence = steady(make)
    evidence.pool.loc[:4, ["in_use", "maxsize"]] = 900
    slo = evidence.slo.model_copy(update={"warmup_s": 5.0})
    connections = used(headroom(replace(evidence, slo=slo), 200.0, None, 64, None, None), "connections")
    assert (connections.used, connections.available, connections.n) == (7.0, 20.0, 15)


def test_resources_without_samples_are_left_out(make):
    evidence = steady(make)
    found = headroom(replace(evidence, pool=evidence.pool[:0]), 200.0, None, 64, None, None)
    assert "connections" not in [item.resource for item in found]


def test_memory_does_not_depend_on_the_rate(make):
    found = headroom(steady(make), 200.0, Peak(250.0), 64, None, 2**30)
    assert used(found, "driver memory").at_peak is None
    assert used(found, "driver CPU").at_peak.low == pytest.approx(0.3 * 250 / 200)


@pytest.fixture
def four_draws(monkeypatch):
    """A tenth of the simulation, where no interval is compared."""
    monkeypatch.setattr(module, "by_queue", partial(by_queue, draws=4))


def test_a_client_that_retries_is_not_predicted_by_the_upstream_s_queue(make, rng, four_draws):
    seen = run_at(make, rng, 340.0)
    for attempts, basis in ((1.0, "queue"), (1.02, "trials")):
        calls = seen.calls.assign(attempts=attempts)
        found = headroom(replace(seen, calls=calls), 340.0, Peak(370.0, WORKERS), 64, None, None)
        assert used(found, "threads").at_peak.basis == basis


def test_what_a_call_takes_apart_from_the_upstream_is_under_way_too(make, rng, four_draws):
    """A second of network at 100/s keeps a hundred calls under way."""
    seen = run_at(make, rng, 100.0)
    far = replace(seen, calls=seen.calls.assign(latency_s=seen.calls["latency_s"] + 1.0))
    far.driver["busy_threads"] = 122.0
    at_peak = used(headroom(far, 100.0, Peak(200.0, WORKERS), 64, None, None), "threads").at_peak
    assert at_peak.basis == "queue"
    assert at_peak.value == pytest.approx(204 + 2.33 * 204**0.5, rel=0.1)


def test_a_queue_that_keeps_one_call_under_way_fits_a_run_that_used_one_thread(make, rng, four_draws):
    """Two requests a second, of 20 ms."""
    seen = run_at(make, rng, 2.0, seconds=60.0)
    seen.driver["busy_threads"] = 1.0
    found = headroom(seen, 2.0, Peak(3.0, WORKERS), 64, None, None)
    assert used(found, "threads").at_peak.basis == "queue"
