"""Times of the same law are likelier than others, and a single one that does not fit weighs little."""

from __future__ import annotations

import numpy as np
import pytest

from harness.analyse.learning.reference_law import ReferenceLaw

RNG = np.random.default_rng(0)


def made(law: str, n: int) -> np.ndarray:
    laws = {
        "fixed": lambda: RNG.normal(0.05, 0.0005, n),
        "exponential": lambda: RNG.exponential(0.05, n),
        "lognormal": lambda: RNG.lognormal(np.log(0.05), 1.0, n),
    }
    return laws[law]()


@pytest.mark.parametrize("law", ["fixed", "exponential", "lognormal"])
def test_the_density_is_one_over_all_times(law: str) -> None:
    times_s = made(law, 2000)
    of_law = ReferenceLaw(times_s, -9.0, 9.0)
    at_s = np.concatenate([-np.logspace(0.95, -6, 200_000), np.logspace(-6, 0.95, 200_000)])
    density = np.exp([of_law.log_likelihood(at_s[i : i + 1]) for i in range(0, len(at_s), 100)])
    assert np.trapezoid(density, at_s[::100]) == pytest.approx(1.0, abs=0.03)


@pytest.mark.parametrize("law", ["fixed", "exponential", "lognormal"])
def test_the_same_law_is_likelier_than_one_a_fifth_longer(law: str) -> None:
    of_law = ReferenceLaw(made(law, 2000), -9.0, 9.0)
    further_s = made(law, 1000)
    assert of_law.log_likelihood(further_s) > of_law.log_likelihood(1.2 * further_s) + 10


def test_one_time_that_does_not_fit_costs_no_more_than_a_few_requests() -> None:
    of_law = ReferenceLaw(made("fixed", 2000), -9.0, 9.0)
    fits, late = (of_law.log_likelihood(np.array([at_s])) for at_s in (0.05, 3.0))
    assert 0 < fits - late < 20


def test_a_single_time_is_a_law() -> None:
    assert np.isfinite(
        ReferenceLaw(np.array([0.05]), -0.05, 0.05).log_likelihood(np.array([-0.05, 0.0, 0.05]))
    )


def test_times_of_0_alone_are_a_law() -> None:
    assert np.isfinite(ReferenceLaw(np.zeros(3), 0.0, 0.0).log_likelihood(np.zeros(3)))
