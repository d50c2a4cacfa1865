"""A call that failed is infinitely late: no percentile of latency calls a client fast that fails fast."""

from dataclasses import replace

import numpy as np
import pytest

from harness.analyse.measure.measurements import measurements
from harness.analyse.verdict.judge import judge
from harness.model.quantities import OUTBOUND
from harness.model.slo import Slo
from harness.model.verdict import Measurement, Pass
from tests.unit.harness.analyse.conftest import reference

N = 4000
QUICK_S, TIMEOUT_S = 0.001, 0.5
BROKEN = {
    "all refused": ("connect_refused", 1.0, QUICK_S),
    "all quick 5xx": ("http_5xx", 1.0, QUICK_S),
    "all timeouts": ("read_timeout", 1.0, TIMEOUT_S),
    "all cancelled": ("cancelled", 1.0, QUICK_S),
    "60% dropped": ("dropped", 0.6, 0.0),
}


def outcomes(rng, outcome, share):
    return np.where(rng.permutation(N) < share * N, outcome, "ok")


def evidence_with(make, rng, outcome, share, latency_s=QUICK_S, thresholds=("p99(latency) < 250ms",), **slo):
    seen = outcomes(rng, outcome, share)
    latencies_s = np.where(seen == "ok", rng.exponential(0.02, N), latency_s)
    evidence = make(latencies_s, columns={"outcome": seen})
    return replace(evidence, slo=Slo(warmup_s=0, thresholds=thresholds, **slo))


def verdict_of(evidence):
    return judge(evidence, measurements(evidence))


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("statistic", ["p50", "p95", "p99", "max"])
@pytest.mark.parametrize("limit", ["10ms", "600ms", "15s"])
def test_failed_calls_break_a_limit_of_latency(make, rng, broken, statistic, limit):
    evidence = evidence_with(make, rng, *BROKEN[broken], thresholds=(f"{statistic}(latency) < {limit}",))
    assert verdict_of(evidence).kind == "fail"


def test_half_of_the_calls_dropped_break_p95_and_p99(make, rng):
    thresholds = ("p95(latency) < 15s", "p99(latency) < 15s")
    verdict = verdict_of(evidence_with(make, rng, "dropped", 0.5, 0.0, thresholds=thresholds))
    assert [margin.verdict for margin in verdict.margins] == ["fail", "fail"]


def test_a_percentile_that_failed_calls_reach_has_a_lower_bound_and_no_value(make, rng):
    found = measurements(evidence_with(make, rng, *BROKEN["all refused"]))["latency.p99"]
    observed_s = (N - 1) / 200 + QUICK_S
    assert (found.value, found.low, found.high, found.n) == (None, pytest.approx(observed_s), None, N)


def test_few_failed_calls_leave_the_percentiles_below_them(make, rng):
    found = measurements(evidence_with(make, rng, "http_5xx", 0.005))
    assert found["latency.p99"].value == pytest.approx(0.02 * np.log(1 / 0.005), rel=0.3)
    assert found["latency.p99"].high is not None
    assert found["latency.p999"].value is None
    assert found["latency.max"].value is None


def test_waits_are_as_measured_whatever_came_of_the_call(make, rng):
    evidence = evidence_with(make, rng, *BROKEN["all timeouts"])
    evidence = replace(evidence, calls=evidence.calls.assign(pool_wait_s=0.3))
    assert measurements(evidence)["pool_wait.p99"].value == 0.3


def test_json_has_null_in_place_of_a_value(make, rng):
    found = measurements(evidence_with(make, rng, *BROKEN["all refused"]))["latency.p99"]
    assert '"value":null' in found.model_dump_json()
    assert Measurement.model_validate_json(found.model_dump_json()) == found


def test_a_broken_limit_says_that_it_is_not_reached_and_why(make, rng):
    verdict = verdict_of(evidence_with(make, rng, *BROKEN["all refused"]))
    assert verdict.reasons == (
        "p99(latency) is not reached: more than 1% of the calls failed (20.0 s or more, n = 4,000), limit 250 ms",
    )


def test_a_maximum_says_that_one_call_is_enough(make, rng):
    evidence = evidence_with(make, rng, "http_5xx", 1 / N, thresholds=("max(latency) < 2s",))
    assert "max(latency) is not reached: at least one call failed" in verdict_of(evidence).reasons[0]


def test_a_window_that_is_not_reached_breaks_a_limit_over_windows(make, rng):
    evidence = make(np.full(N, 0.02))
    outcome = np.where(evidence.calls["scheduled_s"].between(10, 15), "http_5xx", "ok")
    slo = Slo(warmup_s=0, thresholds=("p95(latency) < 250ms over any 5s",))
    verdict = verdict_of(replace(evidence, slo=slo, calls=evidence.calls.assign(outcome=outcome)))
    assert "is not reached: more than 5% of the calls of a window failed" in verdict.reasons[0]


def test_a_limit_longer_than_the_run_is_undecided_with_the_remedy(make, rng):
    evidence = evidence_with(make, rng, *BROKEN["all refused"], thresholds=("p99(latency) < 60s",))
    verdict = verdict_of(evidence)
    assert verdict.kind == "inconclusive"
    assert (
        "the run observed 20.0 s, less than the limit; let journeys arrive for longer" in verdict.reasons[0]
    )


def test_a_limit_of_a_route_that_is_longer_than_the_run_is_undecided_with_the_same_remedy(make, rng):
    thresholds = ('p99(latency{route="/a"}) < 60s',)
    evidence = evidence_with(make, rng, *BROKEN["all refused"], thresholds=thresholds)
    routes = np.where(np.arange(N) < N // 2, "/a", "/b")
    verdict = verdict_of(replace(evidence, calls=evidence.calls.assign(route=routes)))
    assert (
        "the run observed 10.0 s, less than the limit; let journeys arrive for longer" in verdict.reasons[0]
    )


@pytest.mark.parametrize("share", ["0.85%", "1.15%"])
def test_a_share_of_failed_calls_near_what_the_percentile_leaves_is_undecided_with_the_remedy(
    make, rng, share
):
    verdict = verdict_of(evidence_with(make, rng, "http_5xx", float(share.strip("%")) / 100))
    assert verdict.kind == "inconclusive"
    words = f"{share} of the calls failed, and 1% may fail: the difference may be chance; run for about "
    assert words in verdict.reasons[0]


def test_the_lower_bound_knows_that_failed_calls_come_together(make):
    """One burst of 60 in 4,000 is 1.5%, but a single event: it does not show that p99 is always beyond reach."""
    seen = np.where((np.arange(N) >= 2000) & (np.arange(N) < 2060), "http_5xx", "ok")
    verdict = verdict_of(make(np.full(N, 0.02), columns={"outcome": seen}))
    assert verdict.margins[0].measured.value is None
    assert verdict.kind == "inconclusive"


ERRORS = ("p99(latency) < 250ms", "ratio(error) < 90%")


def test_apart_the_percentiles_cover_successful_calls_and_say_so(make, rng):
    evidence = evidence_with(make, rng, "http_5xx", 0.5, thresholds=ERRORS, failed_calls="apart")
    found = measurements(evidence)["latency.p99"]
    assert (found.n, found.value) == (N // 2, pytest.approx(0.02 * np.log(100), rel=0.2))
    assert isinstance(verdict_of(evidence), Pass)


def test_apart_a_reason_names_the_successful_calls(make, rng):
    thresholds = ("p99(latency) < 20ms", "ratio(error) < 90%")
    evidence = evidence_with(make, rng, "http_5xx", 0.5, thresholds=thresholds, failed_calls="apart")
    assert verdict_of(evidence).reasons[0].startswith("p99(latency) of successful calls is ")


def test_apart_a_run_without_a_success_measures_no_latency(make, rng):
    evidence = evidence_with(make, rng, *BROKEN["all refused"], thresholds=ERRORS, failed_calls="apart")
    verdict = verdict_of(evidence)
    assert [margin.verdict for margin in verdict.margins] == ["inconclusive", "fail"]
    assert "there were no successful calls" in verdict.margins[0].reason


BASELINE = {"latency.p99": Measurement(name="latency.p99", value=0.09, unit="s", n=N, low=0.08, high=0.1)}


def test_a_run_whose_calls_failed_is_worse_than_any_baseline(make, rng):
    evidence = evidence_with(make, rng, *BROKEN["all refused"], thresholds=("p99(latency) < 1.2x baseline",))
    verdict = judge(evidence, measurements(evidence), reference(*BASELINE.values()))
    assert verdict.kind == "fail"
    assert (verdict.margins[0].measured.value, verdict.margins[0].measured.low) == (
        None,
        pytest.approx(200, rel=0.01),
    )


def test_a_baseline_that_is_not_reached_compares_with_nothing(make, rng):
    broken = measurements(evidence_with(make, rng, *BROKEN["all refused"]))
    evidence = make(rng.exponential(0.02, N), thresholds=("p99(latency) < 1.2x baseline",))
    verdict = judge(evidence, measurements(evidence), reference(*broken.values()))
    assert verdict.kind == "inconclusive"
    assert "make a baseline of a run in which fewer calls fail" in verdict.reasons[0]


def test_a_rate_that_changes_by_design_is_as_certain_as_its_phases(make):
    """100/s for ten seconds and 300/s for ten more, evenly spaced: nothing is left to chance."""
    scheduled_s = np.concatenate([np.arange(0, 10, 0.01), 10 + np.arange(0, 10, 1 / 300)])
    made = make(np.full(4000, 0.01))
    calls = made.calls.assign(scheduled_s=scheduled_s[:4000], ended_s=scheduled_s[:4000] + 0.01)
    planned, unplanned = (
        measurements(replace(made, calls=calls, changes_s=changes_s))["offered_rate"]
        for changes_s in ((10.0,), ())
    )
    assert planned.value == unplanned.value == pytest.approx(200.0)
    assert planned.high - planned.low < 5.0
    assert unplanned.high - unplanned.low > 50.0


def of_service(make, attempts, unreported=0, **fields):
    """A started service: its first calls are not reported, and the others made so many attempts."""
    attempts = np.array(attempts)
    reported = np.arange(len(attempts)) >= unreported
    columns = {"attempts": np.where(reported, attempts, 0), "reported": reported}
    columns[OUTBOUND] = reported & (attempts > 0)
    return make(np.full(len(attempts), 0.02), columns=columns | fields)


def test_a_handler_that_makes_no_request_does_not_lower_the_attempts_per_call(make):
    found = measurements(of_service(make, [0, 0, 0, 2] * 500))["amplification"]
    assert (found.value, found.n) == (2.0, 500)


def test_a_service_that_makes_no_request_has_no_attempts_per_call(make):
    assert measurements(of_service(make, [0] * 1000))["amplification"].n == 0


def test_calls_that_are_not_reported_do_not_lower_the_attempts_per_call(make, rng):
    attempts = rng.integers(1, 4, 2000)
    known, some = (measurements(of_service(make, attempts, n))["amplification"] for n in (0, 20))
    assert some.value == pytest.approx(known.value, abs=0.02)
    assert some.high > known.high
    assert some.low < known.low


def test_a_wait_of_calls_that_are_not_reported_is_bounded_whatever_it_was(make, rng):
    waits_s = rng.uniform(1.0, 2.0, 2000)
    found = measurements(of_service(make, [1] * 2000, 30, thread_wait_s=waits_s))
    assert (found["thread_wait.p99"].n, found["thread_wait.p99"].high) == (1970, None)
    assert 1.9 < found["thread_wait.p99"].low < found["thread_wait.p99"].value


def test_a_latency_is_known_without_a_report(make):
    found = measurements(of_service(make, [1] * 1000, 10))["latency.p99"]
    assert (found.n, found.value) == (1000, pytest.approx(0.02))


def test_counts_of_attempts_are_at_least_those_that_were_reported(make):
    found = measurements(of_service(make, [1] * 1000, 10))
    assert (found["attempts"].low, found["attempts"].high, found["calls"].high) == (990, None, 1000)
