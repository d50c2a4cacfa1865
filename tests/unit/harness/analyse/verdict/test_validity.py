"""When a run's numbers are not the policy's: how many calls, and which share of the samples, may have been late."""

from __future__ import annotations

import numpy as np
import pytest

from harness.analyse.verdict.validity import (
    busy_reason,
    invalid_reasons,
    lasting_invalid_reasons,
    late_reasons,
    lateness_bound_s,
    starved_reason,
    undisturbed,
)
from harness.model.slo import Slo

CALLS, LATE_S = 6000, 0.2


def _dispatched_late(make, share):
    """A run in which this share of the calls was dispatched late, and everything else on time."""
    lag_s = np.where(np.arange(CALLS) < share * CALLS, LATE_S, 0.0)
    return invalid_reasons(make(np.full(CALLS, 0.02), columns={"schedule_lag_s": lag_s}))


@pytest.mark.parametrize(("share", "valid"), [(0.005, True), (0.02, False), (0.3, False)])
def test_a_run_is_invalid_when_more_than_one_call_in_a_hundred_was_dispatched_late(make, share, valid):
    assert (_dispatched_late(make, share) == []) is valid


@pytest.mark.parametrize(("share", "valid"), [(0.03, True), (0.07, False)])
def test_a_run_is_invalid_when_the_timer_was_late_in_more_than_one_second_in_twenty(make, share, valid):
    evidence = make(np.full(CALLS, 0.02), driver_late_s=0.0)
    evidence.driver["late_s"] = np.where(
        np.arange(len(evidence.driver)) < share * len(evidence.driver), LATE_S, 0.0
    )
    assert (invalid_reasons(evidence) == []) is valid


@pytest.mark.parametrize(("share", "valid"), [(0.03, True), (0.07, False)])
def test_a_run_is_invalid_when_more_than_one_response_in_twenty_came_late(make, share, valid):
    evidence = make(np.full(CALLS, 0.02))
    late = np.arange(len(evidence.served)) < share * len(evidence.served)
    evidence.served["actual_delay_s"] = evidence.served["intended_delay_s"] + np.where(late, LATE_S, 0.0)
    assert (invalid_reasons(evidence) == []) is valid


@pytest.mark.parametrize(
    ("thresholds", "bound_s"),
    [
        (("p99(latency) < 300ms", "p95(latency) < 200ms", "p99(thread_wait) < 50ms"), 0.02),
        (("p99(thread_wait) < 1s", "p99(pool_wait) < 2s", "amplification < 1.5"), 0.1),
        (("p99(latency) < 20ms",), 0.005),
        (("p99(latency) < 1.2x baseline", "amplification < 1.5"), 0.005),
    ],
)
def test_the_tightest_limit_of_a_duration_says_how_late_a_machine_may_be(thresholds, bound_s):
    assert lateness_bound_s(Slo(thresholds=thresholds)) == pytest.approx(bound_s)


def test_calls_from_a_second_before_a_stall_is_recorded_are_disturbed(make):
    """At 200/s, the driver records a stall at 10 s."""
    evidence = make(np.full(CALLS, 0.02))
    evidence.driver["late_s"] = np.where(np.isclose(evidence.driver["at_s"], 10.0), 0.4, 0.0)
    disturbed = np.flatnonzero(~undisturbed(evidence)) / 200
    assert (disturbed[0], disturbed[-1]) == (pytest.approx(8.9, abs=0.006), pytest.approx(10.0, abs=0.006))


def test_a_call_that_was_dispatched_late_is_disturbed(make):
    evidence = make(np.full(CALLS, 0.02), driver_late_s=0.0)
    bound_s = lateness_bound_s(evidence.slo)
    evidence.calls.loc[7, "schedule_lag_s"] = 1.01 * bound_s
    evidence.calls.loc[9, "schedule_lag_s"] = bound_s
    assert list(np.flatnonzero(~undisturbed(evidence))) == [7]


def test_a_timer_as_late_as_the_thresholds_allow_disturbs_no_call(make):
    bound_s = lateness_bound_s(make([]).slo)
    assert undisturbed(make(np.full(CALLS, 0.02), driver_late_s=bound_s)).all()
    assert late_reasons(make(np.full(CALLS, 0.02), driver_late_s=bound_s)) == []


@pytest.mark.parametrize(
    ("cpu_ratio", "wait_ratio", "starved"),
    [(0.85, 0.11, True), (0.85, 0.1, False), (0.75, 0.15, False), (0.76, 0.15, True), (0.95, 0.0, False)],
)
def test_a_driver_is_starved_where_it_waits_for_a_core_that_it_needs(make, cpu_ratio, wait_ratio, starved):
    """More than a tenth of the time, and more than 90% of a core together with what it used."""
    evidence = make(np.full(CALLS, 0.02), cpu_ratio=cpu_ratio)
    evidence.driver["core_wait_ratio"] = wait_ratio
    assert (starved_reason(evidence) is not None) is starved


def test_whether_a_driver_was_starved_is_unknown_without_its_waits(make):
    evidence = make(np.full(CALLS, 0.02), cpu_ratio=0.95)
    assert starved_reason(evidence) is None
    evidence.driver["core_wait_ratio"] = np.nan
    assert starved_reason(evidence) is None


@pytest.mark.parametrize(("cpu_ratio", "busy"), [(0.89, False), (0.91, True)])
def test_a_driver_is_busy_that_uses_more_than_nine_tenths_of_its_core(make, cpu_ratio, busy):
    reason = busy_reason(make(np.full(CALLS, 0.02), cpu_ratio=cpu_ratio))
    assert (reason is not None) is busy


def test_what_the_driver_does_before_the_window_does_not_count(make):
    evidence = make(np.full(CALLS, 0.02), warmup_s=5.0)
    early = evidence.driver["at_s"] < 5.0
    evidence.driver["cpu_ratio"] = np.where(early, 9.0, 0.3)
    evidence.driver["late_s"] = np.where(early, 9.0, 0.0)
    evidence.served["actual_delay_s"] = np.where(evidence.served["arrived_s"] < 5.0, 9.0, 0.02)
    assert invalid_reasons(evidence) == []


def test_a_busy_driver_and_a_late_upstream_last_and_a_late_timer_does_not(make):
    assert [r.side for r in lasting_invalid_reasons(make(np.full(CALLS, 0.02), cpu_ratio=0.99))] == ["driver"]
    late = make(np.full(CALLS, 0.02), driver_late_s=0.2, upstream_late_s=0.2)
    assert [reason.side for reason in lasting_invalid_reasons(late)] == ["upstream"]
    assert {reason.side for reason in invalid_reasons(late)} == {"driver", "upstream"}
