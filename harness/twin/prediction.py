"""What runs of a scenario would measure: the twin plays several seeds, and says where a further run would lie."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import inf, sqrt

import numpy as np
from scipy.special import stdtrit

from harness.analyse.learning.client_overhead import busiest_per_s
from harness.model.calibration import Calibration, Outside, overhead_of
from harness.model.policy import Policy
from harness.model.quantities import unit_of
from harness.model.scenario import Scenario
from harness.model.verdict import Measurement
from harness.record.machine import machine
from harness.twin.simulation import simulate
from harness.twin.values import Values, values_of
from mock_upstream.profile import Profile

SEEDS, LEAST_SEEDS, CONFIDENCE = 20, 5, 0.95


@dataclass(frozen=True, slots=True)
class Prediction:
    """Predicted measurements by name: `value` is the median of the seeds, from `low` to `high` is the 95% band.

    A further run lies within the band with a probability of 95%, as far as the twin is right. `n` is the number of
    seeds. `values` are those of each seed. It is never a verdict. `calibration` is None where the client's overhead was
    assumed; `busiest_per_s` is how many attempts begin in the busiest second, the median of the seeds, and `outside`
    says in which respects that is outside of what the calibration's run has shown.
    """

    policy: str
    scenario: str
    seeds: tuple[int, ...]
    measurements: dict[str, Measurement]
    values: tuple[Values, ...]
    calibration: Calibration | None = None
    busiest_per_s: float = 0.0
    outside: tuple[Outside, ...] = ()


def predict(
    policy: Policy,
    scenario: Scenario,
    upstream: Profile,
    seeds: int = SEEDS,
    calibration: Calibration | None = None,
) -> Prediction:
    """Plays the scenario with its own seed and the following ones. Raises ConfigError for what is not modelled.

    A `calibration` says what a call takes beyond its service time, and may bring an upstream in place of the other.
    """
    chosen = tuple(range(scenario.seed, scenario.seed + seeds))
    server = (calibration.upstream if calibration else None) or upstream
    overhead_s = overhead_of(calibration)

    def play(seed: int) -> tuple[Values, float]:
        seeded = scenario.model_copy(update={"seed": seed})
        played = simulate(policy, seeded, server, overhead_s)
        return values_of(played.evidence_of_calls), busiest_per_s(played.attempts["started_s"])

    first = play(chosen[0])  # It compiles, or is refused, before others begin.
    with ThreadPoolExecutor(max_workers=2) as pool:
        values, busiest = zip(first, *pool.map(play, chosen[1:]), strict=True)
    names = [name for name in first[0] if _in_all(name, values)]
    most = float(np.median(busiest))
    return Prediction(
        policy.name, scenario.name, chosen, {name: band(name, [each[name] for each in values]) for name in names},
        values, calibration, most, tuple(calibration.outside(most, machine())) if calibration else (),
    )  # fmt: skip


def band(name: str, values: Sequence[float]) -> Measurement:
    """The median of a measurement over the seeds, with the band in which a further run lies with 95% probability.

    Student's prediction interval, widened to all values that were seen; no bound above where a value is infinite.
    """
    found, n = np.asarray(values, float), len(values)
    low, high = float(found.min()), float(found.max())
    if high < inf and n > 1:
        half = float(stdtrit(n - 1, 0.5 + CONFIDENCE / 2.0) * found.std(ddof=1) * sqrt(1.0 + 1.0 / n))
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
