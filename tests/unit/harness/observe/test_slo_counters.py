"""What each kind of threshold counts as bad, and how much of it is allowed."""

import pytest

from harness.model.call import Call, Outcome
from harness.model.quantities import SLO_DURATIONS
from harness.model.slo import Slo
from harness.observe.slo_counters import DURATION_S, slo_counters
from tests.unit.harness.observe.calls import made_call


@pytest.mark.parametrize(
    ("threshold", "budget_ratio", "call", "bad"),
    [
        ("p99(latency) < 250ms", 0.01, made_call(latency_s=0.3), 1),
        ("p99(latency) < 250ms", 0.01, made_call(latency_s=0.2), 0),
        ("p95(pool_wait) < 20ms", 0.05, made_call(pool_wait_s=0.015, statuses=(503, 200)), 1),
        ("p999(thread_wait) < 1ms", 0.001, made_call(), 1),
        ("ratio(error) < 2%", 0.02, made_call(outcome=Outcome.READ_TIMEOUT), 1),
        ("ratio(error) < 2%", 0.02, made_call(), 0),
        ("amplification < 1.2", 0.2, made_call(statuses=(503, 503, 200)), 2),
        ("amplification < 1.2", 0.2, made_call(), 0),
    ],
)
def test_a_threshold_counts_bad_events_against_its_budget(
    threshold: str, budget_ratio: float, call: Call, bad: int
) -> None:
    (judge,) = slo_counters(Slo(thresholds=(threshold,)))

    assert judge.slo == threshold
    assert judge.budget_ratio == pytest.approx(budget_ratio)
    assert judge.count(call) == bad


def test_every_duration_that_a_threshold_may_name_can_be_judged() -> None:
    assert set(DURATION_S) == set(SLO_DURATIONS)


@pytest.mark.parametrize(
    "threshold",
    [
        "max(latency) < 1s",
        "rate(goodput) > 100/s",
        "ratio(error) < 0%",
        "p99(latency) < 1.1x baseline",
        "recovery < 9s",
    ],
)
def test_a_threshold_without_a_share_has_no_burn_rate(threshold: str) -> None:
    assert slo_counters(Slo(thresholds=(threshold,))) == []


FAILED = made_call(latency_s=0.001, outcome=Outcome.HTTP_5XX)


def test_a_quick_failure_is_bad_for_a_limit_of_latency() -> None:
    (judge,) = slo_counters(Slo(thresholds=("p99(latency) < 250ms",)))

    assert (judge.covers(FAILED), judge.count(FAILED)) == (True, 1)


def test_a_failure_does_not_change_a_wait() -> None:
    (judge,) = slo_counters(Slo(thresholds=("p99(pool_wait) < 20ms",)))

    assert (judge.covers(FAILED), judge.count(FAILED)) == (True, 0)


def test_apart_a_limit_of_latency_covers_successful_calls() -> None:
    thresholds = ("p99(latency) < 250ms", "ratio(error) < 5%")
    latency, errors = slo_counters(Slo(failed_calls="apart", thresholds=thresholds))

    assert (latency.covers(FAILED), latency.covers(made_call())) == (False, True)
    assert (errors.covers(FAILED), errors.count(FAILED)) == (True, 1)
