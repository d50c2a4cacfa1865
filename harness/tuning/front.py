"""The best of many trials: the Pareto front, the order in which to confirm it, and changes that are not needed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from harness.model.scenario import Scenario
from harness.model.tuning import OBJECTIVES, Number, Objective
from harness.tuning.trial import Play, TwinTrial, differing, is_better


def pareto_front(trials: Sequence[TwinTrial], scenario: Scenario) -> list[int]:
    """The places of the best trials: no other is better in one objective and as good in the others.

    Only those that are predicted to keep the thresholds count; where none does, those nearest to it. Of two policies
    that are as good, the one with fewer changes is on the front, and of equal ones the first.
    """
    beyond = [sum(trial.beyond(scenario).values()) for trial in trials]
    least = min(beyond)
    first = {tuple(sorted(trial.settings.items())): i for i, trial in reversed(list(enumerate(trials)))}
    pool = [i for i in sorted(first.values()) if beyond[i] <= least]
    points = {
        i: [*(_cost(o, trials[i].typical(o)) for o in OBJECTIVES), len(trials[i].settings)] for i in pool
    }
    return [i for i in pool if not any(_dominates(points[j], points[i]) for j in pool)]


def in_order(trials: Sequence[TwinTrial], front: Sequence[int]) -> list[int]:
    """The front from the most balanced policy on: its largest loss against the best value of any objective is least.

    A loss is a share of the best value.
    """
    best = {o: min(_cost(o, trials[i].typical(o)) for i in front) for o in OBJECTIVES}

    def largest_loss(i: int) -> float:
        return max((_cost(o, trials[i].typical(o)) - best[o]) / (abs(best[o]) or 1.0) for o in OBJECTIVES)

    return sorted(front, key=largest_loss)


def simplest(trial: TwinTrial, own: TwinTrial, scenario: Scenario, play: Play) -> TwinTrial:
    """The trial with as few changes as possible: a setting is left as the policy has it where that makes no difference.

    One after the other, each change is taken back; the trial without it stays where it keeps the thresholds as well and
    is worse in no objective.
    """
    found, allowed = trial, sum(trial.beyond(scenario).values())
    for key in trial.settings:
        fewer: dict[str, Number] = {each: value for each, value in found.settings.items() if each != key}
        (without,) = play([fewer]) if fewer else [own]
        if sum(without.beyond(scenario).values()) <= allowed and not worse(trial, without):
            found = without
    return found


def worse(before: TwinTrial, after: TwinTrial) -> tuple[Objective, ...]:
    """The objectives in which the second trial is shown to be worse than the first."""
    return tuple(o for o in differing(before, after) if is_better(o, before.typical(o), after.typical(o)))


def told_apart(trial: TwinTrial, others: Iterable[TwinTrial]) -> bool:
    """Whether the trial differs from each of the others in some objective."""
    return all(differing(other, trial) for other in others)


def _cost(objective: Objective, value: float) -> float:
    return -value if objective.better == "higher" else value


def _dominates(a: Sequence[float], b: Sequence[float]) -> bool:
    """Whether the first is as good in all objectives, and better in one or, the last number, has fewer changes."""
    *goals_a, changes_a = a
    *goals_b, changes_b = b
    as_good = all(x <= y for x, y in zip(goals_a, goals_b, strict=True))
    return as_good and (goals_a != goals_b or changes_a < changes_b)
