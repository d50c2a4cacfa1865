"""The warm-up that a run tells itself."""

from __future__ import annotations

import numpy as np
import pytest

from harness.analyse.stats.warmup import mser_s


def test_a_slow_start_is_left_out(make, rng):
    """Three seconds at 200/s in which calls take five times as long."""
    slow = np.where(np.arange(4000) < 600, 5.0, 1.0)
    assert mser_s(make(slow * rng.uniform(0.018, 0.022, 4000)).calls, 0.0) == pytest.approx(3.0, abs=0.3)


def test_a_steady_run_keeps_nearly_everything(make, rng):
    assert mser_s(make(rng.uniform(0.018, 0.022, 4000)).calls, 0.0) < 4.0


def test_the_stated_seconds_are_the_least(make, rng):
    assert mser_s(make(rng.uniform(0.018, 0.022, 4000)).calls, 5.0) >= 5.0


def test_a_short_run_keeps_the_stated_seconds(make):
    assert mser_s(make(np.full(60, 0.02)).calls, 0.1) == 0.1


@pytest.mark.parametrize("seed", range(20))
def test_a_fault_in_the_first_half_is_not_cut_away(make, seed):
    """A slowdown by 15 from 10 to 18 s of 40 s: it decides p99, whatever the estimate of the warm-up."""
    rng = np.random.default_rng(seed)
    at_s = np.arange(8000) / 200
    slow = np.where((at_s >= 10) & (at_s < 18), 15.0, 1.0)
    calls = make(slow * rng.lognormal(np.log(0.02), 0.3, 8000)).calls
    assert mser_s(calls, 0.0) > 17.0
    assert mser_s(calls, 0.0, change_s=10.0) <= 5.0


@pytest.mark.parametrize(("calls", "estimated"), [(99, False), (100, True)])
def test_a_hundred_calls_are_enough_for_an_estimate(make, calls, estimated):
    latency_s = np.where(np.arange(calls) < 20, 1.0, 0.02)
    assert (mser_s(make(latency_s).calls, 0.0) > 0.0) is estimated


def test_a_run_without_a_slow_start_keeps_the_stated_seconds_exactly(make):
    assert mser_s(make(np.full(4000, 0.02)).calls, 0.0125) == 0.0125


def test_the_cut_is_before_the_first_call_that_is_no_longer_slow(make):
    """20 slow calls at 200/s are four batches, and end after 0.1 s."""
    assert mser_s(make(np.where(np.arange(400) < 20, 1.0, 0.02)).calls, 0.0) == pytest.approx(0.1)


@pytest.mark.parametrize("scale", [1e-3, 1e3])
def test_the_cut_does_not_depend_on_the_unit_of_latency(make, rng, scale):
    latency_s = np.where(np.arange(4000) < 600, 5.0, 1.0) * rng.uniform(0.018, 0.022, 4000)
    assert mser_s(make(scale * latency_s).calls, 0.0) == mser_s(make(latency_s).calls, 0.0)


def test_a_start_that_is_a_little_slower_is_left_out_too(make, rng):
    """Three seconds of calls that take a third longer, and vary by a hundredth."""
    slower = np.where(np.arange(4000) < 600, 1.3, 1.0)
    assert mser_s(make(slower * rng.uniform(0.0198, 0.0202, 4000)).calls, 0.0) == pytest.approx(3.0, abs=0.05)
