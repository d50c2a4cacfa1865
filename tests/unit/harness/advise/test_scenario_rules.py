"""The scenario has the peak and the bursts, and an SLO from the budget and the cost of a failure."""

from __future__ import annotations

from typing import Any

from harness.advise.advisor import advise
from tests.unit.harness.advise.made_answers import answers


def scenario(**changed: Any) -> Any:
    return advise(answers(**changed)).scenario


def test_the_slo_is_the_budget_and_the_cost_of_a_failure() -> None:
    thresholds = scenario(budget_s=0.25, failure_cost="high").slo.thresholds
    assert thresholds[:2] == ("p99(latency) < 250ms", "ratio(error) < 0.5%")


def test_the_upstream_gets_no_more_than_the_retry_budget_allows() -> None:
    assert "amplification < 1.25" in scenario().slo.thresholds
    assert "amplification < 1.05" in scenario(failure_cost="low").slo.thresholds


def test_a_burst_follows_the_peak() -> None:
    rates = [phase.rate_per_s for phase in scenario(burstiness="bursty", burst_factor=2.0).arrivals]
    assert rates == [120.0, 240.0, 120.0]


def test_failed_calls_count_as_late_where_hardly_any_may_fail() -> None:
    assert scenario(failure_cost="high").slo.failed_calls == "late"
    assert scenario(failure_cost="low").slo.failed_calls == "apart"


def test_the_upstream_fails_as_often_as_was_answered() -> None:
    (fault,) = advise(answers(upstream={"errors": 0.03})).upstream.fault
    assert fault.ratio == 0.03
