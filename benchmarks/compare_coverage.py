"""How often comparisons are wrong, on simulated runs whose true difference is known.

    python -m benchmarks.compare_coverage [--count 100] [--seed 2026]

Every run has a machine effect of its own that makes all of its calls slower or faster. One row is one pair of policies
under one size of that effect, compared by some number of seeds: how often any of nine measurements, and p99, is shown
to differ, and how often p99's interval contains the true difference. `assumed` knows nothing of the machine; `measured`
has the effect from six identical runs, as `surgeline doctor` does.

`--count` is the number of comparisons by six seeds; there are twice as many by three, three times by two, and six times
as many by one seed. Exits with 1 where a wanted figure is missed significantly (99%, Holm's correction over the
figures): at most 5% false differences in any measurement by three seeds and more (by one seed where the effect is at
most 2%, or measured), 94% of the intervals by three seeds and more with the true difference, and 80% of clients that
are 10% slower found by six seeds at 2%.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import binom

from benchmarks.compare_systems import Pair, apart, blocks, queue, times_slower, true_p99_difference
from harness.analyse.compare.paired_differences import Block, differences
from harness.analyse.compare.run_effect import effect_of
from harness.model.run_effect import ASSUMED, RunEffect

SEEDS, MOST_SEEDS, DOCTOR_RUNS, TRUTH_RUNS = (1, 2, 3, 6), 6, 6, 4000
FALSE_AT_MOST, COVERED_AT_LEAST, FOUND_AT_LEAST = 0.05, 0.94, 0.80
SIGNIFICANCE = 0.01
QUEUE = Pair("M/M/8 at 80%, identical", 320.0, times_slower)
APART = Pair("lognormal, own draws, identical", 200.0, apart)
SLOWER = Pair("M/M/8 at 50%, calls 10% slower", 200.0, times_slower, 1.1)
LOADED = Pair("M/M/8 at 80%, service 5% slower", 320.0, queue, 1.05)
CASES = (
    *((pair, effect) for pair in (QUEUE, APART) for effect in (0.0, 0.02, 0.05)),
    (SLOWER, 0.02),
    (LOADED, 0.0),
    (LOADED, 0.02),
)


@dataclass(frozen=True)
class Row:
    """Of n comparisons: how many show any difference, one of p99, and how many cover p99's true difference."""

    pair: Pair
    effect: float
    seeds: int
    known: str
    n: int
    any_shown: int
    p99_shown: int
    covered: int

    def line(self) -> str:
        """The row in Markdown."""
        shares = (f"{count / self.n:.1%}" for count in (self.any_shown, self.p99_shown, self.covered))
        about = f"{self.pair.name} | {self.effect:.0%} | {self.seeds} | {self.known}"
        return f"| {about} | {' | '.join(shares)} | {self.n} |"

    def chances(self) -> Iterator[tuple[str, float]]:
        """Each figure that is wanted of this row, with the chance to miss it by as much if it were just held."""
        where = f"{self.pair.name}, effect {self.effect:.0%}, {self.seeds} seeds, {self.known}"
        sure = self.seeds >= 3 or self.known == "measured" or self.effect <= 0.02
        if self.pair.slower == 1.0 and self.seeds != 2 and sure:
            yield f"{where}: false differences", float(binom.sf(self.any_shown - 1, self.n, FALSE_AT_MOST))
        if self.seeds >= 3:
            yield f"{where}: p99 covered", float(binom.cdf(self.covered, self.n, COVERED_AT_LEAST))
        if self.pair is SLOWER and self.seeds == MOST_SEEDS:
            yield f"{where}: p99 found", float(binom.cdf(self.p99_shown, self.n, FOUND_AT_LEAST))


def rows(pair: Pair, effect: float, count: int, rng: np.random.Generator) -> Iterator[Row]:
    """The rows of one pair of policies under one machine effect."""
    truth = 0.0 if pair.slower == 1.0 else true_p99_difference(pair, TRUTH_RUNS, rng)
    runs = list(blocks(pair, effect, MOST_SEEDS * count, rng))
    for seeds in SEEDS:
        groups = [runs[i : i + seeds] for i in range(0, len(runs), seeds)]
        yield _row(pair, effect, seeds, "assumed", [(group, ASSUMED) for group in groups], truth)
        yield _row(pair, effect, seeds, "measured", [(g, _measured(effect, rng)) for g in groups], truth)


def _measured(effect: float, rng: np.random.Generator) -> RunEffect:
    return effect_of(np.exp(effect * rng.normal(size=DOCTOR_RUNS)).tolist())


def _row(
    pair: Pair,
    effect: float,
    seeds: int,
    known: str,
    groups: Sequence[tuple[Sequence[Block], RunEffect]],
    truth: float,
) -> Row:
    any_shown = p99_shown = covered = 0
    for group, usual in groups:
        found = {d.measurement: d for d in differences("a", "b", group, usual)}
        p99 = found["latency.p99"]
        any_shown += any(d.verdict != "no difference shown" for d in found.values())
        p99_shown += p99.verdict != "no difference shown"
        covered += p99.low is None or p99.high is None or p99.low <= truth <= p99.high
    return Row(pair, effect, seeds, known, len(groups), any_shown, p99_shown, covered)


def missed(chances: Sequence[tuple[str, float]]) -> list[str]:
    """The figures that are missed significantly, by Holm's procedure."""
    found = []
    for tested, (figure, chance) in enumerate(sorted(chances, key=lambda each: each[1])):
        if chance > SIGNIFICANCE / (len(chances) - tested):
            break
        found.append(figure)
    return found


def main() -> int:
    """Prints the table; 1 where a wanted figure is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=2026)
    options = parser.parse_args()
    began, chances = time.monotonic(), list[tuple[str, float]]()
    print("| policies | machine effect | seeds | effect is | any shown | p99 shown | p99 covered | n |")
    print("|---|---|---|---|---|---|---|---|")
    for number, (pair, effect) in enumerate(CASES):
        for row in rows(pair, effect, options.count, np.random.default_rng([options.seed, number])):
            print(row.line(), flush=True)
            chances += row.chances()
    failures = missed(chances)
    print(f"\n{len(chances)} figures, seed {options.seed}, {time.monotonic() - began:.0f} s")
    for failure in failures:
        print(f"missed: {failure}")
    return int(bool(failures))


if __name__ == "__main__":
    sys.exit(main())
