"""Percentiles against a baseline run of the same arrivals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from harness.analyse.compare.paired_ratio import kept_stretches, paired_ratio, why_unpaired
from harness.analyse.measure.baseline_ratio import ratio_to_baseline
from harness.analyse.measure.measurements import measurements
from harness.analyse.verdict.judge import judge
from harness.model.baseline import BIN_RATIO, SMALLEST_S, KeptStretches
from harness.model.run_effect import RunEffect
from harness.model.slo import parse
from tests.unit.harness.analyse.conftest import driver_frame, reference

KEPT_NOTHING = KeptStretches(schedule="schedule 1", edges_s=tuple(map(float, range(11))), durations={})
CALLS, THRESHOLD = 4000, "p99(latency) < 1.2x baseline"


def waves(seed):
    """Latencies in seconds that come in waves of 2 s, as behind a busy queue."""
    rng = np.random.default_rng(seed)
    return 0.02 * np.exp(0.4 * np.repeat(rng.normal(size=CALLS // 400), 400) + 0.4 * rng.normal(size=CALLS))


@pytest.fixture
def run(make):
    """A run under a seed's waves with a little noise of its own, `factor` times as slow."""

    def build(seed=1, factor=1.0, noise=1, **columns):
        own = np.random.default_rng([seed, noise]).exponential(0.0005, CALLS)
        found = make(factor * (waves(seed) + own), thresholds=(THRESHOLD,), columns=columns)
        return replace(found, schedule=f"schedule {seed}")

    return build


def against(before):
    """A run as what others are compared with."""
    return reference(*measurements(before).values(), stretches=kept_stretches(before))


def ratio(before, now, threshold=THRESHOLD):
    measured = measurements(now)[parse(threshold).measurement]
    return paired_ratio(parse(threshold), measured, now, against(before))


def test_an_equal_run_passes_and_a_slower_one_fails(run):
    before = against(run())
    for factor, kind in ((1.0, "pass"), (1.5, "fail")):
        now = run(factor=factor, noise=2)
        assert judge(now, measurements(now), before).kind == kind


def test_pairs_say_more_than_two_runs_of_their_own(run):
    before, now = run(), run(noise=2)
    paired = ratio(before, now)
    alone = ratio_to_baseline(measurements(now)["latency.p99"], measurements(before)["latency.p99"])
    assert paired.value == alone.value
    assert paired.high / paired.low < 1.2 < alone.high / alone.low


def test_a_ratio_at_the_limit_is_decided_in_at_most_1_of_20(run):
    decided = 0
    for seed in range(20):
        found = ratio(run(seed), run(seed, factor=1.2, noise=2))
        decided += not found.low <= 1.2 <= found.high
    assert decided <= 1


def test_the_interval_contains_what_two_runs_on_the_machine_usually_differ_by(run):
    before, now = run(), run(noise=2)
    uneven = replace(against(before), effect=RunEffect(spread=0.1, usual=0.2, runs=6))
    found = paired_ratio(parse(THRESHOLD), measurements(now)["latency.p99"], now, uneven)
    assert found.high / found.value >= 1.2
    assert found.value / found.low >= 1.2


def test_a_pair_that_does_not_decide_names_what_may(run):
    now = run(factor=1.2, noise=2)
    reason = judge(now, measurements(now), against(run())).reasons[0]
    assert reason.endswith("repeat the run while the machine is quiet, or with --until-decided")


def test_runs_of_other_arrivals_are_not_paired(run):
    before, other = run(), run(seed=2)
    assert ratio(before, other) is None
    assert "other arrivals or another seed" in why_unpaired(other, against(before).baseline)


def test_a_run_with_a_longer_warm_up_is_not_paired(run):
    now = run(noise=2)
    later = replace(now, slo=now.slo.model_copy(update={"warmup_s": 2.0}))
    assert ratio(run(), later) is None
    assert "a shorter warm-up" in why_unpaired(later, against(run()).baseline)


def test_a_baseline_of_an_older_version_says_why_it_cannot_be_paired(run):
    now = run()
    verdict = judge(now, measurements(now), reference(*measurements(run(noise=2)).values()))
    assert verdict.kind == "inconclusive"
    assert (
        "files of older versions and runs of less than 5 s have none; write it anew with --save"
        in verdict.reasons[0]
    )


def test_a_percentile_that_the_baseline_does_not_keep_is_not_paired_and_the_remedy_is_named(run):
    now = run()
    for unkept in ("p95(latency) < 1.001x baseline", 'p99(latency{route="/get"}) < 2x baseline'):
        now = replace(now, slo=now.slo.model_copy(update={"thresholds": (unkept,)}))
        before = against(run(noise=2))
        before = replace(before, baseline=before.baseline.model_copy(update={"stretches": KEPT_NOTHING}))
        reason = judge(now, measurements(now), before).reasons[0]
        assert "not made for this threshold; write it anew with --save and this --threshold" in reason


def test_runs_of_which_many_calls_fail_are_compared_without_pairs(run):
    outcomes = np.where(np.arange(CALLS) % 110 == 0, "status", "ok")
    assert ratio(run(outcome=outcomes), run(noise=2, outcome=outcomes)) is None


def test_a_slower_run_that_was_late_does_not_fail_against_a_baseline_that_was_not(run):
    before, now = against(run()), run(factor=1.5, noise=2)
    late = replace(now, driver=driver_frame(0.2, 0.3))
    assert judge(now, measurements(now), before).kind == "fail"
    verdict = judge(late, measurements(late), before)
    assert verdict.kind == "inconclusive"
    assert "the driver's timer fired late" in verdict.reasons[-1]


def test_counts_in_bins_change_a_ratio_by_less_than_one_percent(run):
    found = ratio(run(), run(factor=1.1))
    assert found.value == pytest.approx(1.1, rel=0.001)
    assert found.high / found.value == pytest.approx(found.value / found.low, rel=0.01)


def test_a_baseline_keeps_each_duration_to_half_a_percent(make):
    """The bins' borders are 1% apart: a bin's middle is BIN_RATIO to its number."""
    kept = kept_stretches(make(np.full(CALLS, 0.02), thresholds=(THRESHOLD,)))
    for stretch in kept.durations["latency"]:
        ((bin_number, count),) = stretch
        assert SMALLEST_S * BIN_RATIO**bin_number == pytest.approx(0.02, rel=0.01)
        assert count > 0


def test_a_baseline_keeps_every_counted_call_with_those_after_the_last_arrival(make):
    made = make(np.full(CALLS, 0.02), thresholds=(THRESHOLD,))
    made.calls.loc[CALLS - 5 :, "scheduled_s"] = made.duration_s + 1.0
    kept = kept_stretches(made)
    counts = [sum(count for _, count in stretch) for stretch in kept.durations["latency"]]
    assert sum(counts) == CALLS
    assert counts[-1] == pytest.approx(CALLS / len(counts), abs=1)


def test_on_a_machine_without_run_effect_the_interval_is_as_wide_as_pairs_differ(run):
    """The ratios of ten pairs of noisy runs scatter as their intervals say, within a factor of two."""
    rng, ratios, widths = np.random.default_rng(1), [], []
    for seed in range(10):
        before, now = (run(seed, factor=np.exp(rng.normal(size=CALLS))) for _ in range(2))
        even = replace(against(before), effect=RunEffect(spread=0.0, usual=1e-9, runs=1000))
        found = paired_ratio(parse(THRESHOLD), measurements(now)["latency.p99"], now, even)
        ratios.append(np.log(found.value))
        widths.append(np.log(found.high / found.low) / 4)
    assert np.std(ratios) / 2 < np.mean(widths) < 2 * np.std(ratios)
