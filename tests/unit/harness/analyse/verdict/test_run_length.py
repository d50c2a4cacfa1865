"""How long a run has to be."""

from __future__ import annotations

from math import inf

import numpy as np

from harness.analyse.verdict.run_length import at_load, lengths, measured_in
from harness.model.slo import Slo

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
