"""Recovery after a fault, on simulated clients of which is known whether they recovered."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from harness.analyse.measure.recovery import recovery
from harness.model.slo import Slo

REPEATS = 100
FAULT_S, END_S = (8.0, 12.0), 32.0
LIMIT_S = 5.0


def _client(rng, make, rate_per_s, median_s, *, failing=0.0, share_after=1.0, thresholds=()):
    """A run of 32 s with Poisson arrivals and lognormal latencies; from 8 to 12 s all calls fail."""
    at_s = np.sort(rng.uniform(0, END_S, rng.poisson(rate_per_s * END_S)))
    latency_s = rng.lognormal(np.log(median_s), 0.5, len(at_s))
    share = np.where(at_s < FAULT_S[1], 1 - failing, (1 - failing) * share_after)
    ok = (rng.random(len(at_s)) < share) & ~((at_s >= FAULT_S[0]) & (at_s < FAULT_S[1]))
    evidence = make(latency_s, columns={"outcome": np.where(ok, "ok", "status_5xx")}, duration_s=END_S)
    calls = evidence.calls.assign(scheduled_s=at_s, ended_s=at_s + latency_s)
    slo = Slo(warmup_s=1.0, thresholds=("recovery < 5s", *thresholds))
    return replace(evidence, calls=calls, slo=slo, trigger_s=FAULT_S)


def _missed(client):
    """How often recovery within 5 s was denied, of 100 runs."""
    found = [recovery(client(np.random.default_rng(seed))) for seed in range(REPEATS)]
    return sum(m is None or m.high is None or m.value > LIMIT_S for m in found)


@pytest.mark.parametrize("rate_per_s", [20, 200])
@pytest.mark.parametrize("median_s", [0.02, 0.2, 0.5])
def test_a_client_that_was_hit_by_nothing_else_recovers_at_once_whatever_its_latency(
    make, rate_per_s, median_s
):
    assert _missed(lambda rng: _client(rng, make, rate_per_s, median_s)) <= 0.02 * REPEATS


@pytest.mark.parametrize("failing", [0.01, 0.05, 0.3])
def test_a_steady_share_of_failed_calls_is_as_normal_after_the_fault_as_before(make, failing):
    assert _missed(lambda rng: _client(rng, make, 50, 0.2, failing=failing)) <= 0.02 * REPEATS


@pytest.mark.parametrize("share", [0.0, 0.5, 0.8, 0.88])
def test_a_client_that_loses_calls_for_ever_did_not_recover(make, share):
    assert _missed(lambda rng: _client(rng, make, 50, 0.2, share_after=share)) >= 0.98 * REPEATS


def test_calls_beyond_the_limit_of_p99_are_not_good(rng, make):
    slow = _client(rng, make, 50, 0.2, thresholds=("p99(latency) < 2s",))
    calls = slow.calls
    late = calls.assign(latency_s=np.where(calls["scheduled_s"] > 12, 3.0, calls["latency_s"]))
    normal, backlogged = recovery(slow), recovery(replace(slow, calls=late))
    assert normal is not None
    assert normal.value == 0
    assert backlogged is not None
    assert backlogged.high is None


def test_a_run_that_ends_with_the_fault_does_not_say_whether_it_recovers(rng, make):
    evidence = _client(rng, make, 50, 0.2)
    assert recovery(replace(evidence, duration_s=13.0)) is None


def test_without_a_time_before_the_fault_every_call_is_expected_to_be_good(rng, make):
    evidence = _client(rng, make, 50, 0.2, failing=0.3)
    at_once = replace(evidence, trigger_s=(0.0, 12.0))
    measured = recovery(at_once)
    assert measured is not None
    assert measured.high is None
