"""How long a run has to be."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest

from harness.analyse.stats.needed_samples import for_percentile, for_rare_events, for_ratio
from harness.analyse.verdict.run_length import CallPace, at_load, lengths, measured_in
from harness.model.slo import Slo, parse

P99 = ("p99(latency) < 100ms",)


def length(*thresholds, paces=None, until_s=None):
    return lengths(Slo(warmup_s=3.0, thresholds=thresholds), paces or at_load(200.0, 0.5), until_s)[0]


def test_a_busier_queue_needs_a_longer_run():
    assert length(*P99, paces=at_load(200.0, 0.8)).least_s > 3 * length(*P99).least_s


def test_no_length_decides_under_a_load_beyond_the_capacity_or_without_a_rate():
    assert length(*P99, paces=at_load(200.0, 1.2)).least_s == inf
    assert length(*P99, paces=at_load(0.0, 0.5)).least_s == inf


def test_a_recorded_run_gives_the_rate_and_the_dependence_of_its_calls(make, rng):
    alone = measured_in(make(rng.exponential(0.02, 4000), rate_per_s=100.0))
    waves = 0.02 * np.exp(np.repeat(rng.normal(size=40), 100))
    bursts = measured_in(make(waves, rate_per_s=100.0))
    one, other = (length(*P99, paces=paces) for paces in (alone, bursts))
    assert one.per_s == 100.0
    assert other.least_s > 10 * one.least_s


def test_goodput_at_the_planned_rate_is_decided_sooner_the_lower_its_limit_is():
    near, far = (length(f"rate(goodput) > {limit}/s").least_s for limit in (190, 150))
    assert far < near < inf
    assert length("rate(goodput) > 200/s").least_s == inf


def test_recovery_is_looked_for_from_the_end_of_the_last_fault():
    assert length("recovery < 15s", until_s=12.0).least_s == 24.0


def test_a_maximum_and_a_threshold_against_a_baseline_have_no_length():
    slo = Slo(thresholds=("max(latency) < 1s", "p99(latency) < 1.2x baseline", "ratio(error) < 1%"))
    found = lengths(slo, at_load(200.0, 0.5), None)
    assert [each.threshold.text for each in found] == ["ratio(error) < 1%"]


def test_at_a_load_of_one_no_length_decides_a_percentile():
    assert length(*P99, paces=at_load(200.0, 1.0)).least_s == inf


def test_a_light_load_leaves_calls_as_dependent_as_runs_estimate_independent_ones():
    """1.25/(1-ρ)² from a load of 5.5% on, and 1.4 below; what is no percentile counts each call."""
    assert at_load(200.0, 0.0)(parse(*P99)).design_effect == 1.4
    assert at_load(200.0, 0.5)(parse(*P99)).design_effect == 5.0
    assert at_load(200.0, 0.5)(parse("ratio(error) < 1%")).design_effect == 1.0


def test_a_route_without_calls_has_no_rate_and_no_length(make):
    paces = measured_in(make(np.full(400, 0.02)))
    threshold = parse('p99(latency{route="/other"}) < 1s')
    assert paces(threshold) == CallPace(0.0, 1.0)
    assert length(threshold.text, paces=paces).least_s == inf


def test_a_length_is_samples_times_calls_for_each_over_calls_a_second():
    """An error ratio of 1% against a true one of 0.5%."""
    found = length("ratio(error) < 1%", paces=lambda _: CallPace(50.0, 3.0))
    assert found.least_s == found.any_tail_s == pytest.approx(for_ratio(0.01, 0.005) * 3.0 / 50.0)
    assert found.per_s == 50.0


def test_extra_attempts_are_rare_events():
    found = length("amplification < 1.2", paces=lambda _: CallPace(50.0, 1.0))
    assert found.least_s == pytest.approx(for_rare_events(0.2, 0.1) / 50.0)


def test_a_percentile_may_be_decided_sooner_by_the_shape_of_its_tail():
    found = length(*P99)
    assert found.least_s < found.any_tail_s == pytest.approx(for_percentile(0.99, 2.0) * 5.0 / 200.0)


@pytest.mark.parametrize("threshold", ["ratio(error) < 0%", "amplification < 1"])
def test_no_length_decides_that_nothing_happens(threshold):
    assert length(threshold).least_s == inf


def test_errors_and_retries_of_a_recorded_run_have_their_own_dependence(make):
    """Of 4,000 calls, 400 fail one after the other; 400 others, spread evenly, are tried again."""
    at = np.arange(4000)
    columns = {
        "outcome": np.where((at >= 1000) & (at < 1400), "http_5xx", "ok"),
        "attempts": np.where(at % 10 == 0, 2, 1),
    }
    paces = measured_in(make(np.full(4000, 0.02), columns=columns))
    assert paces(parse("ratio(error) < 1%")).design_effect > 20
    assert paces(parse("amplification < 1.2")).design_effect < 2


def test_goodput_is_decided_by_the_number_of_arrivals():
    """Of 200/s against 190/s: ((2.045 + 1.282)·200/10)² arrivals, which take 22 s."""
    assert length("rate(goodput) > 190/s").least_s == pytest.approx(
        ((2.045 + 1.282) * 20) ** 2 / 200, rel=0.001
    )
