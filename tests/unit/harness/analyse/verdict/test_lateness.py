"""What a late generator or upstream leaves undecided: only what the lateness can explain."""

from __future__ import annotations

import numpy as np
import pytest

from harness.analyse.measure.measurements import measurements
from harness.analyse.verdict.judge import judge
from harness.analyse.verdict.lateness import in_favour, spoilt_share
from tests.unit.harness.analyse.conftest import driver_frame, served_frame

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


def test_a_call_that_ends_after_the_last_sample_of_the_driver_is_weighed_by_that_sample(make):
    """The driver's samples end at 30 s, and these calls at 40 s."""
    evidence = stalled(make(np.full(CALLS, 10.0)), [29], 0.4)
    favoured = in_favour(evidence).calls["latency_s"]
    assert favoured.iloc[-1] == pytest.approx(10.0 - 2 * 0.4)
    assert favoured.iloc[0] == pytest.approx(10.0 - 2 * 0.001)


def test_the_largest_lateness_from_a_second_before_a_call_to_a_second_after_it_is_taken_off(make):
    favoured = in_favour(stalled(make(np.full(CALLS, 0.5)), [10], 0.2)).calls
    taken_off = favoured.loc[favoured["latency_s"] < 0.4, "scheduled_s"]
    assert (taken_off.min(), taken_off.max()) == (8.5, pytest.approx(11.995))


def test_the_lateness_during_a_long_call_is_found_wherever_it_was(make):
    for second in (3, 7, 12, 19):
        favoured = in_favour(stalled(make(np.full(CALLS, 20.0)), [second], 0.2)).calls
        assert favoured["latency_s"].iloc[0] == pytest.approx(20.0 - 0.4)


def test_the_share_of_calls_in_stalls(make):
    """A stall that is recorded at 10.0 to 10.8 s disturbs the calls from 8.9 s on."""
    assert spoilt_share(make(np.full(CALLS, 0.02))) == 0.0
    assert spoilt_share(make([])) == 0.0
    assert spoilt_share(stalled(make(np.full(CALLS, 0.02)), [10], 0.2)) == pytest.approx(1.9 / 30, abs=0.001)


def test_a_timeout_is_excused_where_the_lateness_is_more_than_a_tenth_of_its_time(make):
    for late_s, outcome in ((0.0501, "ok"), (0.0499, "read_timeout")):
        evidence = make(
            np.full(CALLS, 1.0), driver_late_s=late_s, columns={"outcome": "read_timeout", "attempts": 3}
        )
        favoured = in_favour(evidence).calls
        assert set(favoured["outcome"]) == {outcome}
        assert set(favoured["attempts"]) == {1 if outcome == "ok" else 3}


def test_no_duration_becomes_negative(make):
    assert in_favour(make(np.full(CALLS, 0.02), driver_late_s=0.4)).calls["latency_s"].min() == 0.0


def test_a_stall_in_the_first_second_counts_for_the_calls_until_the_second_after_it(make):
    favoured = in_favour(stalled(make(np.full(CALLS, 0.001)), [0], 0.0005)).calls
    assert favoured["latency_s"].iloc[0] == 0.0
    slow = in_favour(stalled(make(np.full(CALLS, 0.5)), [0], 0.2)).calls
    assert slow.loc[slow["latency_s"] < 0.4, "scheduled_s"].max() == pytest.approx(1.995)


def test_a_call_as_long_as_a_run_of_32_seconds_is_weighed_by_all_of_them(make):
    made = make(np.full(CALLS, 40.0), driver=driver_frame(0.001, 0.3, 32.0))
    assert in_favour(stalled(made, [17], 0.4)).calls["latency_s"].iloc[0] == pytest.approx(40.0 - 0.8)


def test_calls_that_begin_after_the_last_sample_are_weighed_by_that_sample(make):
    made = make(np.full(CALLS, 0.5), driver=driver_frame(0.2, 0.3, 10.0), served=served_frame(0.0, 10.0))
    assert in_favour(made).calls["latency_s"].to_numpy() == pytest.approx(0.5 - 2 * 0.2)
