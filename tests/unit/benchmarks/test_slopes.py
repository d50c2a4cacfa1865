"""Slopes of sampled quantities: the growth is found, and the bound holds for samples that depend on each other."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.slopes import slope

AT_S = np.arange(0.0, 2700.0, 5.0)


def _with_memory(rng: np.random.Generator, of_last: float = 0.9) -> np.ndarray:
    """An autoregressive series: each value is near the one before, with a standard deviation of about 1."""
    values, noise = np.zeros(len(AT_S)), rng.normal(0.0, np.sqrt(1 - of_last**2), len(AT_S))
    for index in range(1, len(AT_S)):
        values[index] = of_last * values[index - 1] + noise[index]
    return values


def test_a_line_has_its_slope_and_no_uncertainty() -> None:
    found = slope(AT_S, 100.0 + 2.5 * AT_S / 3600.0)
    assert found.per_hour == pytest.approx(2.5)
    assert found.upper == pytest.approx(2.5)
    assert (found.n, found.blocks) == (len(AT_S), 15)


def test_the_bound_holds_for_samples_that_depend_on_their_neighbours() -> None:
    """Of 400 series without growth the bound lies below 0 in about 5%: in at most 9%, three standard errors above."""
    rng = np.random.default_rng(3)
    below = sum(slope(AT_S, _with_memory(rng)).upper < 0 for _ in range(400))
    assert below <= 36


def test_growth_above_the_noise_is_found() -> None:
    rng = np.random.default_rng(4)
    grown = _with_memory(rng) + 20.0 * AT_S / 3600.0
    assert slope(AT_S, grown).per_hour > 10.0


def test_too_few_blocks_are_refused() -> None:
    with pytest.raises(ValueError, match="2 blocks have samples; a slope needs at least 4"):
        slope([0.0, 3600.0], [1.0, 1.0])
