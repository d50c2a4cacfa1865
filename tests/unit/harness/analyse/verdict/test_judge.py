"""Verdicts, and the words they come in."""

import numpy as np
import pytest

from harness.analyse.evidence import Evidence
from harness.analyse.measure.measurements import measurements
from harness.analyse.verdict.judge import judge
from harness.analyse.verdict.validity import invalid_reasons
from harness.model.ending import Interrupted
from harness.model.quantities import OUTBOUND


def verdict_of(evidence: Evidence):
    return judge(evidence, measurements(evidence))


def test_a_run_well_inside_its_limits_passes(make, rng):
    thresholds = ("p99(latency) < 250ms", "ratio(error) < 1%", "amplification < 1.2", "p99(pool_wait) < 20ms")
    verdict = verdict_of(make(rng.exponential(0.02, 5000), thresholds=thresholds))
    assert verdict.kind == "pass"
    assert [m.verdict for m in verdict.margins] == ["pass"] * 4


def test_a_broken_threshold_fails_with_a_reason(make, rng):
    verdict = verdict_of(make(rng.exponential(0.09, 5000)))
    assert verdict.kind == "fail"
    assert verdict.reasons[0].startswith("p99(latency) is 4")
    assert verdict.reasons[0].endswith("n = 5,000), limit 250 ms")


def test_a_broken_threshold_fails_even_beside_an_undecided_one(make, rng):
    verdict = verdict_of(
        make(rng.exponential(0.09, 5000), thresholds=("p99(latency) < 250ms", "p999(latency) < 9s"))
    )
    assert verdict.kind == "fail"
    assert {m.verdict for m in verdict.margins} == {"fail", "inconclusive"}


def test_too_few_samples_are_inconclusive_with_a_remedy(make, rng):
    verdict = verdict_of(make(rng.exponential(0.02, 18)))
    assert verdict.kind == "inconclusive"
    assert "18 calls are worth 6 independent samples, and at least 415 are needed" in verdict.reasons[0]
    assert "s longer at this rate" in verdict.reasons[0]


def test_a_pass_by_the_shape_of_the_tail_names_its_assumption(make, rng):
    verdict = verdict_of(make(rng.exponential(0.02, 300)))
    assert verdict.kind == "pass"
    assert verdict.margins[0].measured.by_tail
    assert verdict.reasons[0].endswith(
        "the upper bound follows from the shape of the tail, while the conditions are as in this run"
    )


def test_calls_that_are_slow_together_are_inconclusive_and_named(make):
    """Ten waves of 500 calls tell of ten events, not of 5,000."""
    verdict = verdict_of(make(np.repeat([0.02, 0.2] * 5, 500)))
    assert verdict.kind == "inconclusive"
    assert "slow calls occur in bursts" in verdict.reasons[0]


def test_a_burst_beyond_the_limit_is_inconclusive(make):
    """40 of 5,000 calls are 0.8%; another such burst would break the promise of 1%."""
    latency_s = np.full(5000, 0.02)
    latency_s[2000:2040] = 0.4
    verdict = verdict_of(make(latency_s))
    assert verdict.kind == "inconclusive"
    assert "the interval contains the limit" in verdict.reasons[0]


def test_an_overload_that_grows_fails(make):
    """480/s on 400/s."""
    latency_s = 0.02 + np.arange(12_000) * (1 / 400 - 1 / 480)
    assert verdict_of(make(latency_s, rate_per_s=480.0, warmup_s=5.0)).kind == "fail"


def test_a_limit_near_the_measured_value_is_inconclusive(make, rng):
    latency_s = rng.exponential(0.02, 5000)
    limit_ms = np.quantile(latency_s, 0.99) * 1000
    verdict = verdict_of(make(latency_s, thresholds=(f"p99(latency) < {limit_ms:.1f}ms",)))
    assert verdict.kind == "inconclusive"
    assert "the interval contains the limit" in verdict.reasons[0]


@pytest.mark.parametrize(("limit", "kind"), [("150/s", "pass"), ("250/s", "fail")])
def test_a_rate_must_lie_above_its_limit(make, limit, kind):
    assert verdict_of(make(np.full(4000, 0.02), thresholds=(f"rate(goodput) > {limit}",))).kind == kind


def test_a_passed_maximum_has_the_note_that_it_does_not_bound_later_calls(make, rng):
    verdict = verdict_of(make(rng.exponential(0.02, 4000), thresholds=("max(latency) < 10s",)))
    assert verdict.kind == "pass"
    assert "the largest of 4,000 calls;" in verdict.reasons[0]


def test_a_maximum_fails_by_one_call(make):
    latency_s = np.full(4000, 0.02)
    latency_s[7] = 3.0
    assert verdict_of(make(latency_s, thresholds=("max(latency) < 2s",))).kind == "fail"


def test_an_interrupted_run_is_always_inconclusive(make):
    verdict = verdict_of(make(np.full(4000, 3.0), early=Interrupted()))
    assert verdict.kind == "inconclusive"
    assert verdict.invalid
    assert "stopped by Ctrl-C" in verdict.reasons[0]
    assert verdict.margins[0].verdict == "fail"


@pytest.mark.parametrize(
    ("late", "side"), [({"driver_late_s": 0.2}, "driver"), ({"upstream_late_s": 0.2}, "upstream")]
)
def test_a_reason_names_the_side_that_disturbed_the_run(make, late, side):
    assert {reason.side for reason in invalid_reasons(make(np.full(4000, 0.02), **late))} == {side}


def test_a_lag_of_a_tenth_of_the_tightest_latency_limit_is_valid(make, rng):
    late = {"schedule_lag_s": np.full(4000, 0.02)}
    assert verdict_of(make(rng.exponential(0.02, 4000), columns=late)).kind == "pass"


def test_a_busy_driver_makes_a_run_invalid(make, rng):
    verdict = verdict_of(make(rng.exponential(0.02, 4000), cpu_ratio=0.97))
    assert verdict.kind == "inconclusive"
    assert verdict.invalid
    assert "used 97% of its core" in verdict.reasons[0]


def test_a_failure_stands_although_the_driver_was_busy(make, rng):
    verdict = verdict_of(make(rng.exponential(0.02, 4000) + 5.0, cpu_ratio=0.97))
    assert verdict.kind == "fail"
    assert "the lateness of generator and upstream is taken off" in verdict.reasons[0]


def test_a_failure_that_a_busy_and_late_driver_may_have_caused_does_not_stand(make, rng):
    verdict = verdict_of(make(rng.exponential(0.02, 4000) + 1.0, cpu_ratio=0.97, driver_late_s=0.6))
    assert verdict.kind == "inconclusive"
    assert verdict.invalid
    assert "used 97% of its core" in verdict.reasons[0]


@pytest.mark.parametrize(
    ("cpu_ratio", "waited", "kind"),
    [(0.25, 0.7, "inconclusive"), (0.25, 0.5, "fail"), (0.85, 0.08, "fail"), (0.25, np.nan, "fail")],
)
def test_no_failure_stands_where_other_programs_left_the_driver_too_little_of_a_core(
    make, cpu_ratio, waited, kind
):
    evidence = make(np.full(4000, 7.0), cpu_ratio=cpu_ratio)
    evidence.driver["core_wait_ratio"] = waited
    verdict = verdict_of(evidence)
    assert verdict.kind == kind
    if kind == "inconclusive":
        assert verdict.invalid
        assert "the driver used 25% of a core and waited for one 70% of the time" in verdict.reasons[0]


def test_one_stall_of_the_driver_does_not_invalidate_the_run(make, rng):
    evidence = make(rng.exponential(0.02, 4000))
    evidence.driver.loc[50, "late_s"] = 0.4
    assert verdict_of(evidence).kind == "pass"


def test_a_scenario_without_thresholds_promises_nothing(make, rng):
    verdict = verdict_of(make(rng.exponential(0.02, 4000), thresholds=()))
    assert verdict.kind == "inconclusive"
    assert "no thresholds" in verdict.reasons[0]


def test_a_run_without_calls_is_inconclusive(make):
    verdict = verdict_of(make([], duration_s=10.0))
    assert verdict.kind == "inconclusive"
    assert "no call ended" in verdict.reasons[0]
    assert verdict.margins[0].measured.n == 0


def test_a_warm_up_longer_than_the_run_is_inconclusive(make):
    verdict = verdict_of(make(np.full(400, 0.02), warmup_s=5.0))
    assert verdict.kind == "inconclusive"
    assert "the warm-up of 5 s covers the whole run of 2 s" in verdict.reasons[0]


def with_reports(
    make, rng, unreported, outcome="ok", thresholds=("p99(latency) < 250ms", "amplification < 1.2")
):
    reported = np.arange(5000) >= unreported
    columns = {"reported": reported, OUTBOUND: reported, "outcome": np.full(5000, outcome)}
    return make(rng.exponential(0.02, 5000), thresholds=thresholds, columns=columns)


def test_a_run_without_the_reports_of_the_service_is_invalid_in_one_sentence(make, rng):
    verdict = verdict_of(with_reports(make, rng, 60))
    assert (verdict.kind, verdict.invalid, len(verdict.reasons)) == ("inconclusive", True, 1)
    assert verdict.reasons[0].startswith("the service has not reported 1.2% of the calls")


def test_a_few_missing_reports_leave_a_run_valid(make, rng):
    assert verdict_of(with_reports(make, rng, 40)).kind == "pass"


def test_missing_reports_hide_no_failure(make, rng):
    verdict = verdict_of(with_reports(make, rng, 1000, "http_5xx", ("ratio(error) < 1%",)))
    assert verdict.kind == "fail"
