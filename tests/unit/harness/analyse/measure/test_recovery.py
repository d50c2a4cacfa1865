"""Recovery after a fault, on simulated clients of which is known whether they recovered."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from harness.analyse.measure.recovery import Normal, _normal, lacking, recovery
from harness.model.slo import Slo

REPEATS = 50
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
    """In how many of the runs recovery within 5 s was denied."""
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


def _regular(make, fails, *, rate_per_s=20, end_s=END_S, trigger_s=FAULT_S, **fields):
    """Calls of 20 ms at even distances; those fail of whose number and time `fails` says so."""
    at_s = np.arange(0, end_s, 1 / rate_per_s)
    outcome = ["status_5xx" if fails(number, at) else "ok" for number, at in enumerate(at_s)]
    evidence = make(np.full(len(at_s), 0.02), columns={"outcome": outcome}, rate_per_s=rate_per_s, **fields)
    slo = Slo(warmup_s=1.0, thresholds=("recovery < 5s",))
    return replace(evidence, slo=slo, trigger_s=trigger_s, duration_s=end_s)


def test_recovery_is_measured_from_the_end_of_the_fault_to_the_resolution_of_the_stretches(make):
    measured = recovery(_regular(make, lambda _, at: 8 <= at < 15))
    assert measured is not None
    assert (measured.low, measured.value, measured.high) == (2.5, 3.0, 5.0)
    assert measured.n == 20 * (32 - 12)


def test_a_client_that_was_never_hit_recovers_at_once_and_not_earlier(make):
    measured = recovery(_regular(make, lambda *_: False))
    assert measured is not None
    assert (measured.low, measured.value, measured.high) == (0.0, 0.0, 2.0)


def test_a_client_that_fails_into_the_last_stretch_did_not_recover(make):
    """The last second and a half is good, and is too short to tell."""
    measured = recovery(_regular(make, lambda _, at: 8 <= at < 30.6))
    assert measured is not None
    assert (measured.low, measured.value, measured.high) == (20.0, 20.0, None)


def test_a_recovery_in_the_last_whole_stretch_counts(make):
    measured = recovery(_regular(make, lambda _, at: 8 <= at < 29.7))
    assert measured is not None
    assert measured.value == pytest.approx(17.5)
    assert measured.high is not None


def test_few_failed_calls_in_every_stretch_are_no_recovery_where_they_add_up(make):
    """Every tenth call fails: by chance in two seconds, and not in twenty."""
    measured = recovery(_regular(make, lambda number, at: at >= 8 and (at < 12 or number % 10 == 0)))
    assert measured is not None
    assert measured.high is None


@pytest.mark.parametrize(("end_s", "measurable"), [(13.9, False), (14.0, True)])
def test_a_run_must_last_a_stretch_longer_than_its_fault(make, end_s, measurable):
    assert (recovery(_regular(make, lambda *_: False, end_s=end_s)) is not None) is measurable


def test_a_run_without_a_fault_has_no_recovery(make):
    assert recovery(_regular(make, lambda *_: False, trigger_s=None)) is None


@pytest.mark.parametrize(("calls_before", "share"), [(19, 1.0), (20, 0.5)])
def test_fewer_than_twenty_calls_before_the_fault_do_not_say_what_is_normal(make, calls_before, share):
    begin_s = calls_before / 20
    evidence = _regular(make, lambda number, _: number % 2 == 0, trigger_s=(begin_s, 12.0))
    assert _normal_of(evidence).share == pytest.approx(share)


@pytest.mark.parametrize(("until_s", "dispersion"), [(7.0, 1.0), (9.0, 4 * 20**2 / (0.25 * 40) / 3)])
def test_how_uneven_a_client_is_can_be_seen_from_four_stretches_on(make, until_s, dispersion):
    """All 40 calls of every other two seconds fail, where 20 are expected."""
    evidence = _regular(make, lambda _, at: at < 12 and (at - 1) % 4 < 2, trigger_s=(until_s, 12.0))
    assert _normal_of(evidence).dispersion == pytest.approx(dispersion)


def test_an_even_client_is_not_taken_for_more_even_than_chance(make):
    evidence = _regular(make, lambda number, at: number % 2 == 0 or at >= FAULT_S[0])
    assert _normal_of(evidence) == Normal(pytest.approx(0.5), 1.0)


def test_calls_of_the_warm_up_do_not_say_what_is_normal(make):
    assert _normal_of(_regular(make, lambda _, at: at < 1)).share == 1.0


def test_a_warm_up_that_leaves_no_stretch_before_the_fault_is_used_after_all(make):
    evidence = _regular(make, lambda number, at: at < 1 and number % 2 == 0, trigger_s=(3.0, 12.0))
    assert _normal_of(evidence).share == pytest.approx(50 / 60)


def test_an_uneven_client_may_lack_more_calls_by_chance():
    n, good = np.array([100.0]), np.array([80.0])
    assert lacking(n, good, Normal(0.95, 1.0)).tolist() == [True]
    assert lacking(n, good, Normal(0.95, 4.0)).tolist() == [False]


def _normal_of(evidence):
    calls = evidence.calls
    return _normal(calls["scheduled_s"].to_numpy(), (calls["outcome"] == "ok").to_numpy(), evidence)
