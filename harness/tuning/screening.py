"""Which knobs do something: each is moved to its ends, from the policy's own settings and from those in the middle."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import exp, log

from harness.model.tuning import Knob, Number, Settings
from harness.tuning.trial import Play, TwinTrial, differing


def refused_knobs(knobs: Sequence[Knob], play: Play) -> tuple[list[Knob], list[TwinTrial]]:
    """The knobs that change no objective measurably, and the trials that show it, the policy's own first.

    Each is moved with the others as the policy has them, and with the others in the middle of their ranges, because a
    setting may matter only together with others.
    """
    bases: list[dict[str, Number]] = [{}, {knob.key: middle(knob) for knob in knobs}]
    moved = {
        knob.key: [_moved(base, knob, end) for base in bases for end in (knob.low, knob.high)]
        for knob in knobs
    }
    trials = play([*bases, *(settings for of_one in moved.values() for settings in of_one)])
    shown = iter(trials[len(bases) :])
    refused = []
    for knob in knobs:
        ends = [next(shown) for _ in moved[knob.key]]
        if not any(_told_apart([trials[i], *ends[2 * i : 2 * i + 2]], len(bases)) for i in range(len(bases))):
            refused.append(knob)
    return refused, trials


def middle(knob: Knob) -> Number:
    """The middle of a knob's range, on its scale."""
    found = exp((log(knob.low) + log(knob.high)) / 2) if knob.log else (knob.low + knob.high) / 2
    return round(found) if knob.whole else found


def _moved(base: Settings, knob: Knob, value: Number) -> Settings:
    return {**base, knob.key: value}


def _told_apart(trials: Sequence[TwinTrial], bases: int) -> bool:
    """Whether any two of these trials differ; all comparisons of a knob hold together with 95%."""
    pairs = list(combinations(trials, 2))
    return any(differing(a, b, bases * len(pairs)) for a, b in pairs)
