"""How bad calls come in simulated rollouts: one by one, or in bursts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

SECONDS, RATE_PER_S, BAD = 600, 200.0, 0.005
Draw = Callable[[np.random.Generator, np.ndarray], np.ndarray]
"""Bad calls in each second; the array is how many are expected."""


def alone(rng: np.random.Generator, mean: np.ndarray) -> np.ndarray:
    """Bad calls that come one by one; `mean` is how many a second."""
    return rng.poisson(mean)


def in_fives(rng: np.random.Generator, mean: np.ndarray) -> np.ndarray:
    """Bad calls that come five at a time on average, geometrically distributed."""
    bursts = rng.poisson(mean / 5.0)
    return np.array([rng.geometric(0.2, size=n).sum() if n else 0 for n in bursts])
