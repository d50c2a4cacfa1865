"""Calls that a stall made late are left out; calls that were late without it stay."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from harness.analyse.range.stalls import spoilt
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


def stalled(make, latency_s=0.02, first=2000, length=80):
    """4,000 calls at 200/s, of which `length` were sent 400 ms late."""
    lag_s = np.zeros(4000)
    lag_s[first : first + length] = 0.4
    return make(np.full(4000, latency_s), columns={"schedule_lag_s": lag_s})


def flags(evidence, late=(), allowed=0.01, otherwise_s=0.02, limit_s=LIMIT_S):
    """Which calls are spoilt where these were a second late."""
    seconds = np.full(len(evidence.calls), otherwise_s)
    seconds[list(late)] = 1.0
    return spoilt(evidence, seconds, limit_s, allowed)


def test_calls_within_half_a_second_of_a_stall_are_spoilt(make):
    where = np.flatnonzero(flags(stalled(make)))
    assert (where[0], where[-1]) == (1900, 2179)


def test_a_stall_at_the_end_spoils_no_call_more_than_half_a_second_before(make):
    where = np.flatnonzero(flags(stalled(make, first=3999)))
    assert 3880 <= where[0] <= 3881
    assert where[-1] == 3999


def test_without_a_stall_no_call_is_spoilt(make):
    assert not flags(make(np.full(4000, 0.02)), late=range(100)).any()


def test_where_every_second_has_a_stall_the_calls_that_would_have_been_late_anyway_stay(make):
    found = flags(stalled(make, first=0, length=4000), late=range(100))
    assert not found[:100].any()
    assert found[100:].all()


@pytest.mark.parametrize(("late", "left_out"), [(40, True), (44, False)])
def test_stalls_that_come_with_late_calls_leave_nothing_out(make, late, left_out):
    """Where half of the calls may be late, 15% of the 280 calls in the stall are the most that chance explains."""
    found = flags(stalled(make), late=range(2000, 2000 + late), allowed=0.5)
    assert found.any() == left_out


def test_calls_that_are_as_often_late_without_a_stall_are_not_caused_by_it(make):
    """In the stall 100 of 280; elsewhere one of five, which is more than a third of that."""
    evidence, inside = stalled(make), range(2000, 2100)
    assert not flags(evidence, late=inside).any()
    assert flags(evidence, late=[*inside, *range(0, 1900, 5), *range(2180, 4000, 5)]).any()


def test_a_call_of_exactly_the_limit_is_not_late(make):
    assert not flags(stalled(make), late=range(2000, 2100), otherwise_s=LIMIT_S).any()


def test_lateness_of_the_upstream_spoils_the_calls_around_it(make):
    evidence = make(np.full(4000, 0.02))
    late = evidence.served["arrived_s"].between(9.95, 10.05)
    served = evidence.served.assign(actual_delay_s=np.where(late, 0.4, evidence.served["intended_delay_s"]))
    where = np.flatnonzero(flags(replace(evidence, served=served)))
    assert 1890 <= where[0] <= 1900
    assert 2100 <= where[-1] <= 2120


@pytest.mark.parametrize(("late_s", "left_out"), [(0.14, True), (0.16, False)])
def test_a_late_heartbeat_counts_where_fewer_than_three_calls_were_due_in_it(make, late_s, left_out):
    """At 20/s; more calls would have shown it themselves."""
    evidence = make(np.full(400, 0.02), rate_per_s=20.0)
    evidence.driver.loc[evidence.driver["at_s"].between(9.95, 10.05), "late_s"] = late_s
    assert flags(evidence).any() == left_out
