"""How much identical runs differ, from simulated runs whose effect is known."""

from __future__ import annotations

import numpy as np
import pytest

from harness.analyse.compare.run_effect import effect_of, spread_interval

EFFECT, RUNS, REPETITIONS = 0.03, 6, 4000


@pytest.fixture(scope="module")
def runs():
    """p50s in seconds of eight identical runs, shape (repetitions, 8)."""
    return 0.02 * np.exp(EFFECT * np.random.default_rng(8).normal(size=(REPETITIONS, RUNS + 2)))


def test_two_further_runs_differ_by_less_than_usual_19_times_in_20(runs):
    usual = np.array([effect_of(run[:RUNS]).usual for run in runs])
    last = runs[:, -2:]
    differ = last.max(axis=1) / last.min(axis=1) - 1
    assert np.mean(differ <= usual) == pytest.approx(0.95, abs=0.0103)  # 99% of 4,000 repetitions


def test_the_interval_contains_the_true_spread_19_times_in_20(runs):
    bounds = np.array([spread_interval(effect_of(run[:RUNS])) for run in runs])
    true = np.sqrt(2.0) * EFFECT
    assert np.mean((bounds[:, 0] <= true) & (true <= bounds[:, 1])) == pytest.approx(0.95, abs=0.0089)


def test_two_runs_alone_say_little():
    """2% apart: the next two may be 29% apart."""
    two = effect_of([0.0200, 0.0204])
    assert two.usual == pytest.approx(np.expm1(12.706 * np.log(1.02)), rel=1e-3)
