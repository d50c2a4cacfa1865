"""What runs of a scenario would measure: the twin plays several seeds, and says where a further run would lie."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import inf, sqrt

import numpy as np
from scipy.stats import t as student

from harness.model.policy import Policy
from harness.model.quantities import unit_of
from harness.model.scenario import Scenario
from harness.model.verdict import Measurement
from harness.twin.inputs import OVERHEAD_S
from harness.twin.simulation import simulate
from harness.twin.values import Values, values_of
from mock_upstream.profile import Profile

SEEDS, LEAST_SEEDS, CONFIDENCE = 20, 5, 0.95


@dataclass(frozen=True, slots=True)
class Prediction:
    """Predicted measurements by name: `value` is the median of the seeds, from `low` to `high` is the 95% band.

    A further run lies within the band with a probability of 95%, as far as the twin is right. `n` is the number of
    seeds. `values` are those of each seed. It is never a verdict.
    """

    policy: str
    scenario: str
    seeds: tuple[int, ...]
    measurements: dict[str, Measurement]
    values: tuple[Values, ...]


def predict(
    policy: Policy, scenario: Scenario, upstream: Profile, seeds: int = SEEDS, overhead_s: float = OVERHEAD_S
) -> Prediction:
    """Plays the scenario with its own seed and the following ones. Raises ConfigError for what is not modelled."""
    chosen = tuple(range(scenario.seed, scenario.seed + seeds))

    def play(seed: int) -> Values:
        seeded = scenario.model_copy(update={"seed": seed})
        return values_of(simulate(policy, seeded, upstream, overhead_s).evidence)

    first = play(chosen[0])  # It compiles, or is refused, before others begin.
    with ThreadPoolExecutor(max_workers=2) as pool:
        values = (first, *pool.map(play, chosen[1:]))
    measured = {name: band(name, [each[name] for each in values]) for name in first if _in_all(name, values)}
    return Prediction(policy.name, scenario.name, chosen, measured, values)


def band(name: str, values: Sequence[float]) -> Measurement:
    """The median of a measurement over the seeds, with the band in which a further run lies with 95% probability.

    Student's prediction interval, widened to all values that were seen; no bound above where a value is infinite.
    """
    found, n = np.asarray(values, float), len(values)
    low, high = float(found.min()), float(found.max())
    if high < inf and n > 1:
        half = float(student.ppf(0.5 + CONFIDENCE / 2.0, n - 1) * found.std(ddof=1) * sqrt(1.0 + 1.0 / n))
        low, high = min(low, max(0.0, float(found.mean()) - half)), max(high, float(found.mean()) + half)
        if unit_of(name) == "ratio":
            high = min(1.0, high)
    middle = float(np.sort(found)[(n - 1) // 2])
    return Measurement(
        name=name, value=None if middle == inf else middle, unit=unit_of(name), n=n,
        low=None if low == inf else low, high=None if high == inf else high,
    )  # fmt: skip


def _in_all(name: str, values: Sequence[Values]) -> bool:
    return all(name in each for each in values)
