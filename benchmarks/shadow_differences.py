"""How often a shadow finds a difference that is none, and how soon one that is, looked at after each repetition.

Each run repeats 5,000 calls, about half of them by the new policy and half by the old one once more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmarks.simulated_cells import Made
from harness.session.rollout.shadow import ShadowCounts

REPEATED = 5000


def at_random(rng: np.random.Generator) -> np.ndarray:
    """Every tenth response differs by itself."""
    return rng.random(REPEATED) < 0.1


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
    """`more` of the new policy's responses differ in addition. `within` is the wanted median of repetitions until it
    is found; None where there is nothing to find."""

    name: str
    by_itself: Callable[[np.random.Generator], np.ndarray]
    more: float = 0.0
    within: int | None = None


SHADOWS = {
    shadowed.name: shadowed
    for shadowed in (
        Shadowed("identical, 10% differ by themselves", at_random),
        Shadowed("identical, in bursts of 50", in_bursts),
        Shadowed("identical, every second route differs", in_turn),
        Shadowed("1% more, none by itself", never, 0.01, 2000),
        Shadowed("5% more, none by itself", never, 0.05, 400),
        Shadowed("5% more beside 10%", at_random, 0.05, 2500),
        Shadowed("20% more beside every second route", in_turn, 0.2, REPEATED),
    )
}


def shadow_made(name: str, runs: int) -> Made:
    """After how many repetitions each run found a difference; 0 for never."""
    shadowed, rng = SHADOWS[name], np.random.default_rng([18, sum(name.encode())])
    return {"name": name, "found": [_found(shadowed, rng) for _ in range(runs)]}


def _found(shadowed: Shadowed, rng: np.random.Generator) -> int:
    counts, new = ShadowCounts(), rng.random(REPEATED) < 0.5
    different = shadowed.by_itself(rng) | (new & (rng.random(REPEATED) < shadowed.more))
    for index in np.flatnonzero(different):
        by_new = int(np.count_nonzero(new[: index + 1]))
        counts.compared, counts.noise = by_new, int(index) + 1 - by_new
        counts.different += bool(new[index])
        counts.noise_different += not new[index]
        if counts.differs:
            return int(index) + 1
    return 0
