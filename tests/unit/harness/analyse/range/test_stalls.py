"""Calls that a stall made late are left out; calls that were late without it stay."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from harness.analyse.range.trial import trial_of
from harness.analyse.stats.queueing import waits_s
from harness.model.range import Probe
from tests.unit.harness.analyse.conftest import driver_frame

SECONDS, WORKERS, SERVICE_S, LIMIT_S = 60.0, 8, 0.02, 0.1
PROBE = Probe(purpose="confirm", rate_per_s=1.0, warmup_s=0.0, counted_s=SECONDS)


def queue(rate_per_s, rng, stalls=()):
    """Arrivals, latencies and lags of M/D/8, whose p99 breaks 100 ms from 374/s on; `stalls` are begin and length."""
    scheduled_s = np.cumsum(rng.exponential(1 / rate_per_s, int(rate_per_s * SECONDS)))
    sent_s = scheduled_s.copy()
    for begin_s, length_s in stalls:
        held = (scheduled_s >= begin_s) & (scheduled_s < begin_s + length_s)
        sent_s[held] = begin_s + length_s
    service_s = np.full(len(sent_s), SERVICE_S)
    ended_s = sent_s + waits_s(sent_s, service_s, WORKERS) + service_s
    return scheduled_s, ended_s - scheduled_s, sent_s - scheduled_s


def trial(make, scheduled_s, latency_s, lag_s, late_at_s, late_s):
    """The trial of these calls, with late heartbeats at some seconds."""
    made = make(latency_s, thresholds=("p99(latency) < 100ms",), duration_s=SECONDS)
    calls = made.calls.assign(scheduled_s=scheduled_s, ended_s=scheduled_s + latency_s, schedule_lag_s=lag_s)
    driver = driver_frame(0.001, 0.3, SECONDS)
    for at_s in late_at_s:
        driver.loc[driver["at_s"].between(at_s, at_s + 0.2), "late_s"] = late_s
    return trial_of(replace(made, calls=calls, driver=driver), PROBE, "r", SECONDS)


def deep_seconds(scheduled_s, latency_s, rng):
    """Ends of nine tenths of the seconds with a call beyond the limit."""
    deep = np.unique(scheduled_s[latency_s > LIMIT_S].astype(int)) + 0.9
    return deep[rng.random(len(deep)) < 0.9]


@pytest.mark.parametrize("lag_s", [0.0, 0.02], ids=["heartbeats", "heartbeats and calls"])
def test_heartbeats_that_are_late_when_the_queue_is_deep_hide_no_breach(make, rng, lag_s):
    """At 385/s, 2% to 6% of the calls are late; with the seconds left out, almost none were."""
    broke = []
    for _ in range(10):
        scheduled_s, latency_s, sent_late_s = queue(385.0, rng)
        late_at_s = deep_seconds(scheduled_s, latency_s, rng)
        near = np.isin(scheduled_s.astype(int), late_at_s.astype(int))
        broke.append(
            (
                float(np.mean(latency_s > LIMIT_S)),
                trial(make, scheduled_s, latency_s, sent_late_s + lag_s * near, late_at_s, 0.05).seen,
            )
        )
    true, seen = np.array(broke).T
    assert seen == pytest.approx(true, rel=0.02)


def test_a_machine_that_stalls_at_random_seconds_still_shows_that_a_rate_holds(make, rng):
    """At 200/s, stalls of 300 ms every 5 s make 5% of the calls late; none is late without them."""
    stalls = [(begin_s, 0.3) for begin_s in np.arange(2.0, SECONDS, 5.0) + rng.uniform(0, 1, 12)]
    scheduled_s, latency_s, lag_s = queue(200.0, rng, stalls)
    assert np.mean(latency_s > LIMIT_S) > 0.03
    made = trial(make, scheduled_s, latency_s, lag_s, [begin_s + 0.3 for begin_s, _ in stalls], 0.3)
    assert (made.seen, made.invalid) == (0.0, "")


def test_a_call_beyond_the_limit_by_more_than_the_stall_stays_late(make, rng):
    scheduled_s = np.arange(0, SECONDS, 0.005)
    latency_s, lag_s = np.full(len(scheduled_s), 0.02), np.zeros(len(scheduled_s))
    latency_s[4000:4300], lag_s[4000:4010] = 0.5, 0.05
    assert trial(make, scheduled_s, latency_s, lag_s, [20.0], 0.05).seen == pytest.approx(300 / 12000)
