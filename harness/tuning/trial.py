"""Policies as the twin sees them: with the same seeds for all, so that two of them can be told apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np
from scipy.stats import t as student

from harness.analyse.compare.paired_differences import resolution
from harness.model.scenario import Scenario
from harness.model.tuning import OBJECTIVES, Candidate, Objective, Settings
from harness.model.verdict import Measurement
from harness.tuning.objectives import judged
from harness.twin.prediction import CONFIDENCE, band
from harness.twin.values import Values

NOT_REACHED_S = 1e6
"""What a latency that is not reached counts as, where numbers are compared."""
MOST_BEYOND = 10.0
Numbers = Sequence[float]


@dataclass(frozen=True, slots=True)
class TwinTrial:
    """One policy with the measurements of each seed; `settings` are the values that it changes."""

    settings: Settings
    values: tuple[Values, ...]

    def of(self, objective: Objective) -> Numbers:
        """The objective's value of each seed, finite, shape (seeds,)."""
        return [min(each.get(objective.name, inf), NOT_REACHED_S) for each in self.values]

    def typical(self, objective: Objective) -> float:
        """The objective's median over the seeds, the lower one of two: that of the prediction."""
        return sorted(self.of(objective))[(len(self.values) - 1) // 2]

    def predicted(self) -> dict[str, Measurement]:
        """Each objective with its 95% band of a run."""
        return {
            o.name: band(o.name, [each.get(o.name, inf) for each in self.values]).model_copy(
                update={"unit": o.unit}
            )
            for o in OBJECTIVES
        }

    def beyond(self, scenario: Scenario) -> dict[str, float]:
        """The thresholds that some seed's run does not pass, and the largest excess as a share of the limit.

        At most 10.
        """
        found = {t.text: max(each.get(t.text, inf) for each in self.values) for t in judged(scenario)}
        return {text: min(size, MOST_BEYOND) for text, size in found.items() if size > 0}


Play = Callable[[Sequence[Settings]], list[TwinTrial]]
"""Plays the policies with these settings, each with every seed, and returns their trials in the same order."""


def candidate_of(number: int, trial: TwinTrial, scenario: Scenario) -> Candidate:
    """The trial as it is kept."""
    return Candidate(
        number=number,
        settings=dict(trial.settings),
        predicted=trial.predicted(),
        beyond=trial.beyond(scenario),
    )


def differing(a: TwinTrial, b: TwinTrial, comparisons: int = 1) -> tuple[Objective, ...]:
    """The objectives in which two policies differ by more than chance, and by more than a run's resolution.

    Student's interval of the paired differences over the seeds, of which `comparisons` hold together with 95%.
    """
    return tuple(o for o in OBJECTIVES if _differs(o, a.of(o), b.of(o), comparisons * len(OBJECTIVES)))


def _differs(objective: Objective, a: Numbers, b: Numbers, comparisons: int) -> bool:
    differences, n = np.subtract(b, a), len(a)
    mean = abs(float(differences.mean()))
    if mean <= resolution(objective.unit, float(np.mean(a))):
        return False
    quantile = float(student.ppf(1.0 - (1.0 - CONFIDENCE) / (2.0 * comparisons), n - 1))
    return bool(mean > quantile * float(differences.std(ddof=1)) / n**0.5)


def is_better(objective: Objective, value: float, other: float) -> bool:
    """Whether a value of an objective is better than another one."""
    return value > other if objective.better == "higher" else value < other
