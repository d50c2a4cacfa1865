"""Looking at a series of runs after each of them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import multivariate_normal, norm

from harness.analyse.stats.sequential import LOOKS_AT_MOST, look_confidence


def _boundary(looks: int) -> np.ndarray:
    return np.array([ndtri(look_confidence(look, 0.975)) for look in range(1, looks + 1)])


def test_half_of_the_error_is_spent_at_the_first_look() -> None:
    assert look_confidence(1, 0.975) == pytest.approx(1 - 0.025 / 2)


def test_later_looks_need_more_confidence() -> None:
    assert np.all(np.diff(_boundary(30)) > 0)


def test_forty_looks_at_a_value_at_its_limit_are_wrong_as_often_as_one() -> None:
    rng, looks, series = np.random.default_rng(5), 40, 40_000
    means = np.cumsum(rng.standard_normal((series, looks)), axis=1) / np.sqrt(np.arange(1, looks + 1))
    crossed = (means > _boundary(looks)).any(axis=1).mean()
    assert crossed == pytest.approx(0.025 * looks / (looks + 1), abs=0.0025)


def test_looking_forty_times_without_a_correction_is_wrong_four_times_as_often() -> None:
    rng, looks = np.random.default_rng(5), 40
    means = np.cumsum(rng.standard_normal((4000, looks)), axis=1) / np.sqrt(np.arange(1, looks + 1))
    assert (means > 1.96).any(axis=1).mean() > 4 * 0.025


@pytest.mark.parametrize("look", [0, LOOKS_AT_MOST + 1])
def test_a_look_beyond_the_series_is_refused(look: int) -> None:
    with pytest.raises(ValueError, match="look must be between"):
        look_confidence(look, 0.975)


def test_the_second_look_spends_a_sixth_of_the_error() -> None:
    """On a path that the first look had not ended: by the normal distribution of both looks together."""
    first, second = (norm.ppf(look_confidence(look, 0.975)) for look in (1, 2))
    together = multivariate_normal([0, 0], [[1, 0.5**0.5], [0.5**0.5, 1]])
    spent = norm.cdf(first) - together.cdf([first, second])
    assert spent == pytest.approx(0.025 / 6, rel=0.002)


def test_a_look_does_not_depend_on_how_many_follow() -> None:
    assert look_confidence(10, 0.975) < look_confidence(11, 0.975) < 1.0
