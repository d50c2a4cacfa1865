"""A run reduced to a trial of a search."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from harness.analyse.range.trial import (
    ThresholdReading,
    covers_failures,
    expected_bad,
    first_breach,
    searchable,
    trial_of,
    worth_of,
)
from harness.analyse.stats.queueing import waits_s
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
    assert trial.measured.startswith("amplification, 1.4")


def test_one_call_beyond_a_maximum_breaks_it(make, rng):
    calm, broken = rng.uniform(0.01, 0.02, 4000), rng.uniform(0.01, 0.02, 4000)
    broken[7] = 3.0
    assert not reduced(make(calm, thresholds=("max(latency) < 2s",))).breaks
    trial = reduced(make(broken, thresholds=("max(latency) < 2s",)))
    assert (trial.breaks, trial.measured) == (True, "max(latency), 3.00 s")


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


def test_stalls_too_short_to_show_in_a_percentile_make_a_trial_invalid_where_they_leave_too_few_calls(make):
    """One call in 110 is sent late, which is every 0.55 s, and disturbs the calls around it."""
    lag_s = np.where(np.arange(4000) % 110 == 0, 0.4, 0.0)
    assert reduced(make(np.full(4000, 0.01), columns={"schedule_lag_s": lag_s})).invalid == (
        "the machine stalled too often"
    )


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


@pytest.mark.parametrize(("bad_ratio", "odds"), [(0.0, 1 / 19), (0.01, 1 / 19), (0.5, 1.0), (1.0, 19.0)])
def test_excess_is_a_difference_of_log_odds_and_counts_no_bad_call_of_nine_as_half_a_call(bad_ratio, odds):
    reading = ThresholdReading("t", "m", 9, bad_ratio, bad_ratio, 0.5, 9.0, 0.1)
    assert reading.excess == pytest.approx(np.log(odds))
    stricter = ThresholdReading("t", "m", 9, bad_ratio, bad_ratio, 0.2, 9.0, 0.1)
    assert stricter.excess == pytest.approx(np.log(4 * odds))


@pytest.mark.parametrize(
    ("thresholds", "failed_calls", "covers"),
    [
        (("p99(latency) < 1s",), "late", True),
        (("p99(pool_wait) < 1s",), "late", False),
        (("p99(latency) < 2x baseline",), "late", False),
        (("ratio(error) < 1%",), "apart", True),
        (("amplification < 2",), "late", False),
    ],
)
def test_failed_calls_break_a_limit_of_errors_and_one_of_latency_where_they_count_as_late(
    thresholds, failed_calls, covers
):
    assert covers_failures(Slo(thresholds=thresholds, failed_calls=failed_calls)) is covers


def test_the_slowest_tenth_predicts_the_share_beyond_a_limit():
    """Eight calls lie 40 ms above the level of 50 ms on average: beyond 170 ms lies e⁻³ of a tenth."""
    values_s = np.repeat([0.01, 0.05, 0.09], [80, 12, 8])
    assert expected_bad(values_s, 0.17, 0.01) == pytest.approx(0.1 * np.exp(-3))


def test_a_limit_below_the_slowest_tenth_is_judged_by_what_was_seen():
    values_s = np.repeat([0.01, 0.05, 0.09], [80, 12, 8])
    assert expected_bad(values_s, 0.02, 0.5) == pytest.approx(0.2)


@pytest.mark.parametrize(("slow", "expected"), [(4, 0.0), (5, 0.1 * np.exp(-3))])
def test_fewer_than_five_slow_calls_predict_nothing(slow, expected):
    values_s = np.repeat([0.05, 0.09], [60 - slow, slow])
    assert expected_bad(values_s, 0.17, 0.01) == pytest.approx(expected)


def test_calls_that_never_ended_add_to_what_the_others_predict():
    values_s = np.repeat([0.01, 0.05, 0.09, np.inf], [80, 12, 8, 2])
    assert expected_bad(values_s, 0.17, 0.05) == pytest.approx(0.1 * np.exp(-3) + 2 / 102)


def test_a_share_beyond_what_is_allowed_is_taken_as_it_was_seen():
    values_s = np.repeat([0.01, 0.05, 0.09], [80, 12, 8])
    assert expected_bad(values_s, 0.08, 0.01) == pytest.approx(0.08)
    assert expected_bad(np.full(50, np.inf), 0.08, 1.0) == 1.0


def test_eight_calls_are_the_fewest_whose_worth_is_measured():
    alternating = np.tile([0.0, 1.0], 4)
    assert worth_of(alternating, 0.5, 0.2) == pytest.approx(8.0)
    assert worth_of(alternating[:7], 0.5, 0.2) == 1.0


def test_a_limit_of_errors_has_bursts_as_long_as_the_slow_calls(make):
    """The p95 of 1 ms to 4 s."""
    shuffled = np.random.default_rng(1).permutation(np.arange(1, 4001)) / 1000
    assert reduced(make(shuffled, thresholds=("ratio(error) < 1%",))).limit_s == pytest.approx(3.8)


def test_one_call_of_many_is_less_than_a_maximum_allows(make):
    trial = reduced(make(np.full(99, 0.01), thresholds=("max(latency) < 2s",)))
    assert trial.allowed_ratio == pytest.approx(0.01)


def served_by_a_queue(make, rng, rate_per_s, rejected=0):
    """Eight workers of 20 ms serve 400/s; `rejected` requests are answered at once, before the others."""
    n = int(20 * rate_per_s)
    arrived_s = np.cumsum(rng.exponential(1 / rate_per_s, n))
    service_s = np.full(n, 0.02)
    ended_s = arrived_s + waits_s(arrived_s, service_s, 8) + service_s
    evidence = make(ended_s - arrived_s, rate_per_s=rate_per_s)
    served = pd.DataFrame({"arrived_s": arrived_s, "ended_s": ended_s, "service_s": service_s})
    quick = pd.DataFrame({"arrived_s": np.linspace(0, 20, rejected), "service_s": 0.0})
    served = pd.concat([served, quick.assign(ended_s=quick["arrived_s"])], ignore_index=True)
    return replace(evidence, served=served.assign(intended_delay_s=0.0, actual_delay_s=0.0))


def test_an_overloaded_upstream_shows_how_much_it_serves(make, rng):
    assert reduced(served_by_a_queue(make, rng, 600.0)).served_per_s == pytest.approx(400, rel=0.01)


def test_a_backlog_is_one_beyond_the_tightest_limit(make, rng):
    slo = Slo(warmup_s=0, thresholds=("p99(latency) < 60s", "p95(latency) < 100ms"))
    evidence = replace(served_by_a_queue(make, rng, 600.0), slo=slo)
    assert reduced(evidence).served_per_s == pytest.approx(400, rel=0.01)


def test_requests_that_were_rejected_are_not_served(make, rng):
    evidence = served_by_a_queue(make, rng, 600.0, rejected=4000)
    assert reduced(evidence).served_per_s == pytest.approx(400, rel=0.01)


def test_an_upstream_without_a_backlog_does_not_show_how_much_it_can_serve(make, rng):
    assert reduced(served_by_a_queue(make, rng, 200.0)).served_per_s is None


def test_without_a_limit_of_latency_no_backlog_is_known(make, rng):
    evidence = served_by_a_queue(make, rng, 600.0)
    slo = Slo(warmup_s=0, thresholds=("ratio(error) < 1%",))
    assert reduced(replace(evidence, slo=slo)).served_per_s is None


def test_a_trial_counts_after_its_warm_up(make):
    evidence = make(np.full(4000, 0.01), warmup_s=5.0)
    assert (reduced(evidence).counted_s, reduced(evidence).n) == (15.0, 3000)


def test_a_trial_without_calls_is_invalid(make):
    trial = reduced(make(np.full(400, 0.01), thresholds=('p99(latency{route="/other"}) < 1s',)))
    assert (trial.invalid, trial.n, trial.broke) == ("no call was counted", 0, False)


@pytest.mark.parametrize(("wait_s", "excused"), [(0.2, False), (0.28, True)])
def test_only_a_queue_longer_than_the_limit_excuses_a_late_generator(make, wait_s, excused):
    evidence = make(np.full(4000, 0.3), driver_late_s=0.2, columns={"schedule_lag_s": np.full(4000, 0.2)})
    evidence.served["queue_wait_s"] = wait_s
    assert (reduced(evidence).invalid == "") is excused


def test_a_deep_queue_does_not_excuse_a_late_generator_where_the_slo_is_met(make):
    evidence = make(np.full(4000, 0.01), driver_late_s=0.2, columns={"schedule_lag_s": np.full(4000, 0.2)})
    evidence.served["queue_wait_s"] = 2.9
    assert "late" in reduced(evidence).invalid


def test_an_invalid_trial_and_a_trigger_test_are_no_first_breach(make):
    broken = reduced(make(np.full(4000, 0.3)))
    invalid = broken.model_copy(update={"rate_per_s": 10.0, "invalid": "the generator was late"})
    trigger = broken.model_copy(update={"rate_per_s": 20.0, "purpose": "trigger"})
    assert " at 200/s " in first_breach([invalid, trigger, broken])


def test_extra_attempts_are_shares_of_the_most_that_a_call_made(make, rng):
    """A limit of 1.2 allows 0.2 extra attempts, which is a tenth of the two that some calls made."""
    attempts = np.where(rng.random(4000) < 0.25, 3, 1)
    trial = reduced(
        make(np.full(4000, 0.01), thresholds=("amplification < 1.2",), columns={"attempts": attempts})
    )
    assert (trial.allowed_ratio, trial.bad_ratio) == (pytest.approx(0.1), pytest.approx(0.25, abs=0.02))


def test_one_request_that_waited_says_how_long_the_queue_was(make):
    evidence = make(np.full(4000, 0.3), driver_late_s=0.2, columns={"schedule_lag_s": np.full(4000, 0.2)})
    evidence.served["queue_wait_s"] = np.nan
    assert reduced(evidence).invalid != ""
    evidence.served.loc[7, "queue_wait_s"] = 0.28
    assert reduced(evidence).invalid == ""


@pytest.mark.filterwarnings("error")
def test_a_trial_without_any_call_is_invalid(make):
    trial = reduced(make(np.empty(0)))
    assert (trial.n, trial.limit_s, trial.invalid) == (0, 0.0, "no call was counted")


@pytest.mark.parametrize(("apart", "worth"), [(100, 4000.0), (1, 100.0)])
def test_errors_that_come_together_are_worth_less(make, apart, worth):
    """Of 4,000 calls 40 fail, each on its own or all in one burst."""
    outcome = np.full(4000, "ok", dtype=object)
    outcome[: 40 * apart : apart] = "http_5xx"
    trial = reduced(
        make(np.full(4000, 0.02), thresholds=("ratio(error) < 2%",), columns={"outcome": outcome})
    )
    assert trial.bad_ratio == 0.01
    assert trial.effective_n == pytest.approx(worth, rel=0.1)
