"""When a run's numbers are not the policy's: how many calls, and which share of the samples, may have been late."""

from __future__ import annotations

import numpy as np
import pytest

from harness.analyse.verdict.validity import invalid_reasons, lateness_bound_s
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
