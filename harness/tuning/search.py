"""Which policies to try next: Optuna's multi-objective TPE, with the thresholds as constraints.

Y. Ozaki et al., Multiobjective tree-structured Parzen estimator for computationally expensive optimization problems,
GECCO 2020.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence

import optuna
from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution
from optuna.study import StudyDirection

from harness.model.scenario import Scenario
from harness.model.tuning import OBJECTIVES, Knob, Number
from harness.tuning.trial import Play, TwinTrial

AT_ONCE = 8
"""Policies that are proposed together, and simulated at the same time."""
MOST_TIMES = 2
"""So many times the policies that were asked for are tried where none keeps the thresholds."""
DIGITS = 3


def searched(
    knobs: Sequence[Knob], scenario: Scenario, trials: int, play: Play, known: Sequence[TwinTrial] = ()
) -> Iterator[list[TwinTrial]]:
    """Tries so many policies, and as many again at most until one keeps the thresholds; gives those played together.

    The search begins from the trials that are `known` and have a value of each knob, such as those that showed what the
    knobs do. The same arguments give the same policies.
    """
    usable = [trial for trial in known if all(knob.key in trial.settings for knob in knobs)]
    study, tried, kept = _study(scenario.seed, len(usable)), 0, False
    space = {knob.key: _distribution(knob) for knob in knobs}
    for trial in usable:
        study.enqueue_trial({knob.key: trial.settings[knob.key] for knob in knobs})
        _tell(study, study.ask(space), trial, scenario)
    while (left := (trials if kept or tried < trials else MOST_TIMES * trials) - tried) > 0:
        asked = [study.ask(space) for _ in range(min(AT_ONCE, left))]
        played = play([{knob.key: _rounded(knob, each.params[knob.key]) for knob in knobs} for each in asked])
        for each, trial in zip(asked, played, strict=True):
            _tell(study, each, trial, scenario)
            kept |= not trial.beyond(scenario)
        tried += len(played)
        yield played


def _tell(study: optuna.Study, each: optuna.Trial, trial: TwinTrial, scenario: Scenario) -> None:
    for text, size in _constraints(trial, scenario).items():
        each.set_constraint(text, size)
    study.tell(each, [trial.typical(o) for o in OBJECTIVES])


def _study(seed: int, known: int) -> optuna.Study:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        sampler = optuna.samplers.TPESampler(
            seed=seed, multivariate=True, n_startup_trials=2 * AT_ONCE + known
        )
    up, down = StudyDirection.MAXIMIZE, StudyDirection.MINIMIZE
    directions = [up if o.better == "higher" else down for o in OBJECTIVES]
    return optuna.create_study(sampler=sampler, directions=directions)


def _distribution(knob: Knob) -> BaseDistribution:
    if knob.whole:
        return IntDistribution(int(knob.low), int(knob.high), log=knob.log)
    return FloatDistribution(float(knob.low), float(knob.high), log=knob.log)


def _constraints(trial: TwinTrial, scenario: Scenario) -> dict[str, float]:
    """Every trial has the same constraints; one that is kept is 0."""
    return dict.fromkeys(scenario.slo.thresholds, 0.0) | trial.beyond(scenario)


def _rounded(knob: Knob, value: Number) -> Number:
    """A value as people write it, with three digits, within the range."""
    if knob.whole:
        return int(value)
    return min(max(float(f"{value:.{DIGITS}g}"), knob.low), knob.high)
