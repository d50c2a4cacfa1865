"""A run reduced to a trial of a search."""

from __future__ import annotations

import numpy as np
import pytest

from harness.analyse.range.early_stop import backlog_is_unbounded
from harness.analyse.range.trial import expected_bad, first_breach, searchable, trial_of
from harness.model.range import Probe
from harness.model.slo import Slo

PROBE = Probe(purpose="bisect", rate_per_s=200.0, warmup_s=0.0, counted_s=20.0)


def reduced(evidence):
    return trial_of(evidence, PROBE, "a-run", 20.0)


def test_a_p99_is_a_share_of_one_percent(make, rng):
    slow = np.where(rng.random(4000) < 0.03, 0.4, 0.01) * rng.uniform(0.9, 1.1, 4000)
    trial = reduced(make(slow))
    assert trial.bad_ratio == pytest.approx(0.03, abs=0.01)
    assert (trial.allowed_ratio, trial.limit_s, trial.n) == (pytest.approx(0.01), 0.25, 4000)
    assert trial.breaks
    assert trial.measured.startswith("p99(latency), 4")


def test_the_threshold_nearest_to_breaking_stands_for_the_trial(make, rng):
    outcome = np.where(rng.random(4000) < 0.05, "http_5xx", "ok")
    trial = reduced(
        make(
            rng.exponential(0.02, 4000),
            thresholds=("p90(latency) < 9s", "ratio(error) < 1%", "amplification < 2"),
            columns={"outcome": outcome},
        )
    )
    assert trial.threshold == "ratio(error) < 1%"
    assert trial.measured.startswith("errors, ")


def test_amplification_counts_extra_attempts(make, rng):
    attempts = np.where(rng.random(4000) < 0.4, 2, 1)
    trial = reduced(
        make(rng.exponential(0.02, 4000), thresholds=("amplification < 1.2",), columns={"attempts": attempts})
    )
    assert trial.breaks
    assert (trial.bad_ratio, trial.allowed_ratio) == (pytest.approx(0.4, abs=0.03), pytest.approx(0.2))


def test_one_call_beyond_a_maximum_breaks_it(make, rng):
    calm, broken = rng.uniform(0.01, 0.02, 4000), rng.uniform(0.01, 0.02, 4000)
    broken[7] = 3.0
    assert not reduced(make(calm, thresholds=("max(latency) < 2s",))).breaks
    assert reduced(make(broken, thresholds=("max(latency) < 2s",))).breaks


def test_a_call_that_never_ended_was_too_slow(make):
    outcome = np.where(np.arange(4000) < 200, "cancelled", "ok")
    trial = reduced(make(np.full(4000, 0.01), columns={"outcome": outcome}))
    assert trial.bad_ratio == pytest.approx(0.05)
    assert "unfinished" in trial.measured


@pytest.mark.parametrize("outcome", ["http_5xx", "dropped", "read_timeout", "cancelled"])
def test_a_failed_call_is_late_under_a_limit_of_latency(make, outcome):
    outcomes = np.where(np.arange(4000) % 20 == 0, outcome, "ok")
    trial = reduced(make(np.full(4000, 0.01), columns={"outcome": outcomes}))
    assert (trial.bad_ratio, trial.breaks) == (pytest.approx(0.05), True)


def test_a_late_generator_makes_a_trial_invalid(make, rng):
    late = make(
        rng.exponential(0.02, 4000), driver_late_s=0.2, columns={"schedule_lag_s": np.full(4000, 0.2)}
    )
    assert "timer fired late" in reduced(late).invalid


def test_a_late_heartbeat_alone_leaves_out_no_call(make, rng):
    """Its delay would show in the calls that were due."""
    evidence = make(rng.uniform(0.01, 0.02, 4000), driver_late_s=0.2)
    assert reduced(evidence).n == 4000


def test_calls_around_a_hiccup_of_the_driver_are_left_out(make, rng):
    evidence = make(rng.uniform(0.01, 0.02, 4000))
    evidence.calls.loc[2000:2080, "latency_s"] = 0.4
    evidence.calls.loc[2000:2080, "schedule_lag_s"] = 0.4
    evidence.driver.loc[evidence.driver["at_s"].between(10.35, 10.45), "late_s"] = 0.4
    trial = reduced(evidence)
    assert (trial.invalid, trial.bad_ratio < 0.01) == ("", True)
    assert 3650 < trial.n < 3750


def test_a_machine_that_stalls_often_makes_a_trial_invalid(make, rng):
    evidence = make(rng.uniform(0.01, 0.02, 4000))
    evidence.driver.loc[::5, "late_s"] = 0.4
    evidence.calls.loc[::50, "schedule_lag_s"] = 0.4
    assert "timer fired late" in reduced(evidence).invalid


def test_a_late_generator_changes_nothing_about_an_upstream_that_is_overloaded(make):
    evidence = make(np.full(4000, 3.0), driver_late_s=0.2)
    evidence.served["queue_wait_s"] = 2.9
    assert reduced(evidence).invalid == ""


def test_promises_of_rates_are_no_question_along_the_rate():
    slo = Slo(
        thresholds=(
            "rate(goodput) > 180/s",
            "p99(latency) < 1s",
            "recovery < 9s",
            "p99(latency) < 2x baseline",
        )
    )
    assert [t.text for t in searchable(slo)] == ["p99(latency) < 1s"]


def test_a_trial_without_a_burst_predicts_the_next_one(rng):
    """Exponential times with mean 20 ms: beyond 140 ms lies e⁻⁷, whether or not one of 500 calls got there."""
    found = [expected_bad(rng.exponential(0.02, 500), 0.14, 0.01) for _ in range(200)]
    assert np.median(found) == pytest.approx(np.exp(-7), rel=0.5)
    assert min(found) > 0


def test_the_first_breach_is_the_one_at_the_lowest_rate(make, rng):
    low = reduced(make(np.full(4000, 0.3))).model_copy(update={"rate_per_s": 380.0})
    high = reduced(make(np.full(4000, 0.9))).model_copy(update={"rate_per_s": 800.0})
    assert first_breach([high, low]) == "p99(latency), 300 ms at 380/s (p99(latency) < 250ms)"
    assert first_breach([reduced(make(rng.exponential(0.01, 4000)))]) == ""


def test_a_growing_backlog_is_unbounded():
    assert backlog_is_unbounded([20, 90, 170, 250], rate_per_s=480, limit_s=0.1)


@pytest.mark.parametrize(
    "in_flight", [[20, 90, 170], [40, 45, 38, 41], [400, 300, 200, 150], [5, 10, 15, 20], [20, 300, 30, 25]]
)
def test_a_burst_that_drains_is_not(in_flight):
    assert not backlog_is_unbounded(in_flight, rate_per_s=480, limit_s=0.1)
