"""How often a shadow shows a difference that is none, or none where there is one, and how soon it shows what is.

A difference is looked for after each repetition, and none after every hundredth. Each run repeats 5,000 calls, about
half of them by the new policy and half by the old one once more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmarks.simulated_cells import Made
from harness.session.rollout.shadow_counts import ShadowCounts

REPEATED, LOOKED = 5000, 100


def in_bursts(rng: np.random.Generator) -> np.ndarray:
    """A tenth of the time all responses differ by themselves, for about fifty in a row."""
    return np.repeat(rng.random(REPEATED // 50) < 0.1, 50)


def in_turn(_: np.random.Generator) -> np.ndarray:
    """A service that asks two routes in turn, of which one always differs."""
    return np.arange(REPEATED) % 2 == 0


def never(_: np.random.Generator) -> np.ndarray:
    """No response differs by itself."""
    return np.zeros(REPEATED, dtype=bool)


@dataclass(frozen=True, slots=True)
class Shadowed:
    """`more` of the new policy's responses differ in addition.

    `never` is what must seldom be shown: "difference" or "no difference". `within` is the wanted median of repetitions
    until the other one is shown; None where neither is wanted.
    """

    name: str
    by_itself: Callable[[np.random.Generator], np.ndarray]
    more: float = 0.0
    never: str = "difference"
    within: int | None = None


def at(share: float) -> Callable[[np.random.Generator], np.ndarray]:
    """A share of the responses differs by itself."""
    return lambda rng: rng.random(REPEATED) < share


SHADOWS = {
    shadowed.name: shadowed
    for shadowed in (
        Shadowed("identical, none differs by itself", never, within=1500),
        Shadowed("identical, 5% differ by themselves", at(0.05)),
        Shadowed("identical, 10% differ by themselves", at(0.1)),
        Shadowed("identical, in bursts of 50", in_bursts),
        Shadowed("identical, every second route differs", in_turn),
        Shadowed("1% more, none by itself", never, 0.01, "no difference", 2000),
        Shadowed("1.5 times 5%", at(0.05), 0.025 / 0.95, "no difference"),
        Shadowed("5% more, none by itself", never, 0.05, "no difference", 400),
        Shadowed("5% more beside 10%", at(0.1), 0.05 / 0.9, "no difference", 2500),
        Shadowed("20% more beside every second route", in_turn, 0.2, "no difference", REPEATED),
    )
}


def shadow_made(name: str, runs: int) -> Made:
    """After how many repetitions each run was shown a difference, and none; 0 for never."""
    shadowed, rng = SHADOWS[name], np.random.default_rng([18, sum(name.encode())])
    found = [_found(shadowed, rng) for _ in range(runs)]
    return {
        "name": name,
        "difference": [difference for difference, _ in found],
        "no difference": [none for _, none in found],
    }


def _found(shadowed: Shadowed, rng: np.random.Generator) -> tuple[int, int]:
    counts, by_new = ShadowCounts(), rng.random(REPEATED) < 0.5
    different = shadowed.by_itself(rng) | (by_new & (rng.random(REPEATED) < shadowed.more))
    difference = none = 0
    for index in range(REPEATED):
        counts.add("new" if by_new[index] else "old", ["body"] if different[index] else [])
        if not difference and different[index] and counts.highest >= 1.0:
            difference = index + 1
        if not none and index % LOOKED == 0 and counts.evidence["no difference"] >= 1.0:
            none = index + 1
    return difference, none
