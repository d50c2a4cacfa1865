"""When journeys arrive: pure arithmetic of the scenario and its seed, the same for every policy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from harness.model.scenario import Arrivals

Seconds = npt.NDArray[np.float64]


def arrival_times(phases: Sequence[Arrivals], seed: int) -> Seconds:
    """Planned starts in seconds since the run's epoch, ascending; phase after phase.

    A Poisson phase draws exponential gaps from a stream of its own, keyed by (seed, number of the phase), so
    changing one phase leaves the others as they were.
    """
    planned, begin = [], 0.0
    for number, phase in enumerate(phases):
        planned.append(begin + _phase(phase, np.random.default_rng([seed, number])))
        begin += phase.duration_s
    return np.concatenate(planned)


def _phase(phase: Arrivals, rng: np.random.Generator) -> Seconds:
    if phase.spacing == "constant":
        return np.arange(0.0, phase.duration_s, 1.0 / phase.rate_per_s)
    expected = phase.rate_per_s * phase.duration_s
    gaps = rng.exponential(1.0 / phase.rate_per_s, size=int(expected + 10.0 * expected**0.5 + 10.0))
    times: Seconds = np.cumsum(gaps)
    return times[times < phase.duration_s]
