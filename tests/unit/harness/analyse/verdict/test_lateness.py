"""What a late generator or upstream leaves undecided: only what the lateness can explain."""

from __future__ import annotations

import numpy as np

from harness.analyse.measure.measurements import measurements
from harness.analyse.verdict.judge import judge

CALLS = 6000
"""Thirty seconds of 200 calls."""


def verdict_of(evidence):
    return judge(evidence, measurements(evidence))


def stalled(evidence, seconds, late_s):
    """The same evidence whose driver stalled in these seconds."""
    at_s = evidence.driver["at_s"].to_numpy(float)
    evidence.driver.loc[np.isin(at_s.astype(int), seconds), "late_s"] = late_s
    return evidence


def test_a_lateness_of_ten_milliseconds_does_not_explain_seconds(make, rng):
    """500/s on 400/s: p99 of 3.9 s against a limit of 80 ms, dispatched 9.9 ms late."""
    latency_s = np.linspace(0.02, 3.9, CALLS)
    late = {"schedule_lag_s": np.full(CALLS, 0.0099)}
    verdict = verdict_of(make(latency_s, thresholds=("p99(latency) < 80ms",), columns=late))
    assert verdict.kind == "fail"
    assert "the lateness of generator and upstream is taken off" in verdict.reasons[0]


def test_a_lateness_that_explains_the_breach_leaves_it_undecided(make, rng):
    latency_s = 0.02 + rng.exponential(0.002, CALLS) + 0.2
    late = {"schedule_lag_s": np.full(CALLS, 0.2)}
    verdict = verdict_of(make(latency_s, thresholds=("p99(latency) < 100ms",), columns=late))
    assert verdict.kind == "inconclusive"
    assert verdict.invalid
    assert "p99(schedule_lag) is 200 ms" in verdict.reasons[0]


def test_a_pass_as_measured_holds_in_spite_of_lateness(make, rng):
    late = {"schedule_lag_s": np.where(rng.random(CALLS) < 0.05, 0.03, 0.0)}
    verdict = verdict_of(make(rng.exponential(0.02, CALLS), columns=late))
    assert verdict.kind == "pass"


def test_a_generator_late_all_the_time_passes_nothing(make, rng):
    """The upstream was not offered the load: a pass as measured says nothing about it."""
    late = {"schedule_lag_s": np.full(CALLS, 0.1)}
    verdict = verdict_of(make(rng.exponential(0.02, CALLS), columns=late))
    assert verdict.kind == "inconclusive"
    assert verdict.invalid


def test_calls_in_stalls_are_left_out_and_their_share_is_named(make, rng):
    """Two seconds of thirty with a beat 90 ms late, and calls 90 ms late: these alone break the limit."""
    latency_s, seconds = rng.exponential(0.005, CALLS), np.arange(CALLS) // 200
    lag_s = np.where(np.isin(seconds, (10, 20)) & (np.arange(CALLS) % 200 < 40), 0.09, 0.0)
    evidence = make(latency_s + lag_s, thresholds=("p99(latency) < 60ms",), columns={"schedule_lag_s": lag_s})
    verdict = verdict_of(stalled(evidence, (10, 20), 0.09))
    assert verdict.kind == "pass"
    assert "of the calls are left out, because the machine stalled then" in verdict.reasons[0]


def test_leaving_stalls_out_does_not_hide_a_queue_that_is_deep_then(make, rng):
    """Waits of 2 s in two seconds of thirty, in which the driver's beats were 90 ms late as well."""
    latency_s, seconds = rng.exponential(0.005, CALLS), np.arange(CALLS) // 200
    latency_s[np.isin(seconds, (10, 20))] += 2.0
    evidence = make(latency_s, thresholds=("p99(latency) < 60ms",))
    lag_s = np.where(np.isin(seconds, (10, 20)), 0.09, 0.0)
    evidence.calls["schedule_lag_s"] = lag_s
    assert verdict_of(stalled(evidence, (10, 20), 0.09)).kind != "pass"


def test_the_backlog_after_a_stall_is_not_the_policys(make, rng):
    """A stall of 500 ms, and two seconds in which threads still work off what it held back."""
    latency_s, seconds = rng.exponential(0.005, CALLS), np.arange(CALLS) / 200
    latency_s[(seconds >= 10) & (seconds < 12.5)] += 0.5
    evidence = make(latency_s, thresholds=("p95(latency) < 60ms",))
    evidence.calls["schedule_lag_s"] = np.where((seconds >= 10) & (seconds < 10.5), 0.5, 0.0)
    assert verdict_of(stalled(evidence, (10, 11, 12), 0.5)).kind != "fail"


def test_timeouts_after_a_second_are_not_caused_by_ten_milliseconds(make):
    outcome = np.where(np.arange(CALLS) % 10 == 0, "read_timeout", "ok")
    latency_s = np.where(outcome == "ok", 0.02, 1.0)
    late = {"schedule_lag_s": np.full(CALLS, 0.01), "outcome": outcome}
    verdict = verdict_of(
        make(latency_s, thresholds=("ratio(error) < 1%", "p95(latency) < 50ms"), columns=late)
    )
    assert verdict.kind == "fail"


def test_timeouts_within_reach_of_the_lateness_may_be_its_own(make):
    outcome = np.where(np.arange(CALLS) % 10 == 0, "read_timeout", "ok")
    latency_s = np.where(outcome == "ok", 0.02, 0.1)
    late = {"schedule_lag_s": np.full(CALLS, 0.05), "outcome": outcome}
    verdict = verdict_of(make(latency_s, thresholds=("ratio(error) < 1%",), columns=late))
    assert verdict.kind == "inconclusive"


def test_a_status_does_not_depend_on_lateness(make):
    outcome = np.where(np.arange(CALLS) % 10 == 0, "http_5xx", "ok")
    late = {"schedule_lag_s": np.full(CALLS, 0.05), "outcome": outcome}
    verdict = verdict_of(make(np.full(CALLS, 0.02), thresholds=("ratio(error) < 1%",), columns=late))
    assert verdict.kind == "fail"
