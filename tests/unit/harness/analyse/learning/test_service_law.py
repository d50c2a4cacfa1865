"""A law is named where it fits; else the measured times stand for themselves."""

from __future__ import annotations

import numpy as np
import pytest

from harness.analyse.learning.service_law import fitted_law

rng = np.random.default_rng(3)


def test_times_that_hardly_differ_are_fixed() -> None:
    found = fitted_law(0.02 + rng.exponential(0.0003, 2000)).law

    assert found.distribution == "fixed"
    assert found.value_s == pytest.approx(0.0202, abs=2e-4)


def test_a_few_short_times_beside_equal_ones_do_not_matter() -> None:
    assert fitted_law(np.repeat([0.01, 0.05], [4, 96])).law.model_dump() == {
        "distribution": "fixed", "value_s": 0.05,
    }  # fmt: skip


def test_a_tail_of_three_percent_is_kept() -> None:
    """Response times of few requests that waited, where the number of workers is not known."""
    waited = rng.random(4000) < 0.03
    times_s = 0.05 + rng.exponential(0.0003, 4000) + np.where(waited, rng.uniform(0.0, 0.03, 4000), 0.0)
    found = fitted_law(times_s).law

    assert found.distribution == "empirical"
    assert found.draw_s(0.99) == pytest.approx(np.quantile(times_s, 0.99), rel=0.01)


def test_exponential_times_are_found_with_their_mean() -> None:
    found = fitted_law(rng.exponential(0.05, 5000)).law

    assert found.distribution == "exponential"
    assert found.mean_s == pytest.approx(0.05, rel=0.04)


def test_lognormal_times_are_found_with_median_and_sigma() -> None:
    found = fitted_law(np.exp(rng.normal(np.log(0.05), 0.5, 5000))).law

    assert found.distribution == "lognormal"
    assert (found.median_s, found.sigma) == pytest.approx((0.05, 0.5), rel=0.03)


def test_times_that_follow_neither_are_kept_by_rank() -> None:
    times_s = np.concatenate([rng.normal(0.02, 0.001, 3000), rng.normal(0.2, 0.01, 1000)])

    found = fitted_law(times_s).law

    assert found.distribution == "empirical"
    assert len(found.values_s) == 1000
    assert np.mean(np.array(found.values_s) > 0.1) == pytest.approx(0.25, abs=0.01)


def test_times_of_0_or_less_are_left_out() -> None:
    assert fitted_law(np.array([-1.0, 0.0, 0.05, 0.05])).law.model_dump() == {
        "distribution": "fixed", "value_s": 0.05,
    }  # fmt: skip


def test_a_few_times_that_follow_neither_are_kept_as_they_are() -> None:
    times_s = np.repeat([0.01, 0.2], 50) + np.arange(100) / 10_000

    assert fitted_law(times_s).law.values_s == pytest.approx(times_s)
