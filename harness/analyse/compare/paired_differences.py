"""Policies on the same schedules and fault decisions: paired differences with intervals.

Runs of one seed have the same arrivals and identical fault decisions, so every stretch of one has its pair in the
other. The scatter of the difference over stretches drawn with replacement is what one pair of runs shows; from two
pairs on, the scatter between the pairs is part of the interval too (`mean_difference`). For each pair of policies the
intervals hold *together* with 95% confidence (Bonferroni's correction: with nine measurements each one holds with
99.4%), so that two identical policies differ in nothing at least 19 times in 20. A difference also has to be larger
than what two runs of the same policy on a quiet machine differ by (`resolution`); from one pair of runs alone, larger
than what two runs usually differ by on this machine.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
import pandas as pd

from harness.analyse.compare.mean_difference import PairDifference, half_width
from harness.analyse.evidence import Evidence
from harness.analyse.measure.columns import counted_in, is_amplifiable, is_error, percentile_s
from harness.analyse.measure.measurements import attempts_of
from harness.analyse.stats.block_bootstrap import (
    Partition,
    Share,
    Statistic,
    distribution_by_stretch,
    partition,
)
from harness.analyse.stats.effective_size import CONFIDENCE, Floats, autocorrelation_factor, centred
from harness.model.quantile import share_of
from harness.model.quantities import COMPARED, DURATIONS, unit_of
from harness.model.run_effect import ASSUMED, RunEffect
from harness.model.verdict import Comparison, Difference

DRAWS = 400
SEED = 1
EACH_CONFIDENCE = 1 - (1 - CONFIDENCE) / len(COMPARED)
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "calls": (
        *("arrival", "step", "scheduled_s", "outcome", "attempts", "reported"),
        *dict.fromkeys(
            name
            for row in DURATIONS
            if row.compared
            for name in (row.between or row.columns)
            if name != "scheduled_s"
        ),
    ),
    "attempts": ("arrival", "step", "started_s", "hedge", "new_connection"),
    "pool": (),
    "driver": (),
    "served": (),
}
"""All that a comparison needs of the tables of a record."""
_TIMED = frozenset({"s", "1/s"})
_HEDGES = "hedges_per_call"
_ALL_PAIRS_UP_TO = 4
_FEWEST_BEYOND = 5


def resolution(unit: str, value: float) -> float:
    """The difference between two runs of one policy that is expected by chance, in the measurement's unit.

    For durations 1 ms (timers and the scheduler) or 2%; for rates 0.5%; a tenth of a percent of calls;
    a hundredth of an attempt or a connection per call.
    """
    if unit == "s":
        return max(0.001, 0.02 * abs(value))
    if unit == "1/s":
        return 0.005 * abs(value)
    return 0.001 if unit == "ratio" else 0.01


def usual_difference(unit: str, value: float, effect: RunEffect) -> float:
    """What a difference seen in one pair of runs has to exceed, in the measurement's unit."""
    return max(resolution(unit, value), effect.usual * abs(value))


def usual_spread(unit: str, value: float, effect: RunEffect) -> float:
    """The usual standard deviation of the difference of two runs, in the measurement's unit.

    A slower machine changes times and rates in proportion; counts per call need not change at all.
    """
    least = resolution(unit, value) / 1.96
    return max(least, effect.spread * abs(value)) if unit in _TIMED else least


def compare(
    runs: Sequence[Evidence], effect: RunEffect = ASSUMED, rng: np.random.Generator | None = None
) -> Comparison:
    """Policies against each other: all pairs of up to four, more against the first alone.

    Runs of several seeds, or several runs of a seed, are paired in order, and differences are means over the pairs. A
    measurement that one of two runs lacks is left out, and so are hedges where no run has any; a percentile that failed
    calls reach in any run has no difference. `effect` is how much two identical runs differ on the machine; `rng` draws
    the stretches.
    """
    policies = tuple(dict.fromkeys(run.policy for run in runs))
    pairs = list(combinations(policies, 2))
    if len(policies) > _ALL_PAIRS_UP_TO:
        pairs = [(a, b) for a, b in pairs if a == policies[0]]
    blocks = blocks_of(runs, np.random.default_rng(SEED) if rng is None else rng)
    deltas = [found for a, b in pairs for found in differences(a, b, blocks, effect)]
    if not any(delta.a or delta.b for delta in deltas if delta.measurement == _HEDGES):
        deltas = [delta for delta in deltas if delta.measurement != _HEDGES]
    return Comparison(
        policies=policies,
        seeds=tuple(dict.fromkeys(run.seed for run in runs)),
        deltas=tuple(deltas),
        run_effect=effect,
    )


@dataclass(frozen=True, slots=True)
class Drawn:
    """A run's statistic as `Statistic` has it, and its values under the block's weights, shape (draws,)."""

    value: float
    n: int
    influence: Floats
    draws: Floats

    @staticmethod
    def of(statistic: Statistic, weights: Floats) -> Drawn:
        """Those of a statistic under weights of shape (draws, k)."""
        return Drawn(statistic.value, statistic.n, statistic.influence, statistic.under(weights))

    @property
    def is_bounded(self) -> bool:
        """Whether enough calls lie beyond a quantile, and so few failed that every draw has a value."""
        return self.n >= _FEWEST_BEYOND and bool(np.isfinite(self.draws).all())


@dataclass(frozen=True, slots=True)
class Block:
    """Runs of one seed, one for each policy, over the same stretches."""

    cut: Partition
    policies: Mapping[str, Mapping[str, Drawn]]


def blocks_of(runs: Sequence[Evidence], rng: np.random.Generator) -> list[Block]:
    """The runs paired in order; those too short to be cut into stretches are left out."""
    return [block for group in _groups(runs) if (block := _block(group, rng)) is not None]


def differences(a: str, b: str, blocks: Sequence[Block], effect: RunEffect) -> list[Difference]:
    """Every difference of policy b from policy a that these runs show."""
    found = (_difference(name, a, b, blocks, effect) for name in COMPARED)
    return [difference for difference in found if difference is not None]


def _groups(runs: Sequence[Evidence]) -> list[list[Evidence]]:
    """Runs to be paired: the first of each policy for a seed together, then the second of each."""
    groups: dict[tuple[int, int], list[Evidence]] = defaultdict(list)
    seen: dict[tuple[str, int], int] = defaultdict(int)
    for run in runs:
        groups[run.seed, seen[run.policy, run.seed]].append(run)
        seen[run.policy, run.seed] += 1
    return list(groups.values())


def _block(runs: Sequence[Evidence], rng: np.random.Generator) -> Block | None:
    common = partition(runs)
    if common is None:
        return None
    weights = common.weights(DRAWS, rng)

    def drawn(run: Evidence) -> dict[str, Drawn]:
        return {name: Drawn.of(found, weights) for name, found in _statistics(run, common).items()}

    with ThreadPoolExecutor() as threads:  # numpy lets other threads run while it sorts
        policies = dict(zip((run.policy for run in runs), threads.map(drawn, runs), strict=True))
    return Block(common, policies)


def _statistics(run: Evidence, common: Partition) -> dict[str, Statistic]:
    """Every statistic that a run has, by the measurement's name; none when no call was counted."""
    calls = run.counted
    calls = calls[calls["scheduled_s"] >= common.window.start_s]
    if calls.empty:
        return {}
    place = common.place(calls["scheduled_s"].to_numpy(float))
    n = len(calls)

    def summed(values: Floats) -> Floats:
        return np.bincount(place, values, minlength=common.count).astype(np.float64)

    every = summed(np.ones(n))
    statistics: dict[str, Statistic] = {
        "goodput": _goodput(run.calls, common),
        "error_ratio": Share(summed(is_error(calls).to_numpy(bool).astype(np.float64)), every, n),
        _HEDGES: Share(_attempts_that(run, calls, common, "hedge"), every, n),
        "connections.opened_per_call": Share(_attempts_that(run, calls, common, "new_connection"), every, n),
    }
    counts = is_amplifiable(calls)
    if counts.any():
        attempts = summed(calls["attempts"].to_numpy(float) * counts)
        statistics["amplification"] = Share(attempts, summed(counts.astype(np.float64)), int(counts.sum()))
    for row in DURATIONS:
        if row.compared:
            covered = counted_in(calls, row.name, run.slo.failed_calls)
            if covered.empty:
                continue
            where = common.place(covered["scheduled_s"].to_numpy(float))
            seen = distribution_by_stretch(percentile_s(covered, row.name), where, common.count)
            statistics |= {f"{row.name}.{p}": seen.quantile(share_of(p)) for p in row.compared}
    return statistics


def _goodput(calls: pd.DataFrame, common: Partition) -> Share:
    ended_s = calls["ended_s"][common.window.holds(calls["ended_s"]) & ~is_error(calls)].to_numpy(float)
    counts = np.bincount(common.place(ended_s), minlength=common.count).astype(np.float64)
    return Share(counts, common.lengths_s, len(ended_s))


def _attempts_that(run: Evidence, calls: pd.DataFrame, common: Partition, flag: str) -> Floats:
    """The number of attempts with this flag in each stretch."""
    attempts = attempts_of(calls, run.attempts[["arrival", "step", "started_s", flag]])
    place = common.place(attempts["started_s"].to_numpy(float))
    counted = attempts[flag].to_numpy(bool).astype(np.float64)
    return np.bincount(place, counted, minlength=common.count).astype(np.float64)


def _difference(name: str, a: str, b: str, blocks: Sequence[Block], effect: RunEffect) -> Difference | None:
    paired = [
        (block, block.policies[a][name], block.policies[b][name])
        for block in blocks
        if name in block.policies.get(a, {}) and name in block.policies.get(b, {})
    ]
    if not paired:
        return None
    value_a = float(np.mean([of_a.value for _, of_a, _ in paired]))
    value_b = float(np.mean([of_b.value for _, _, of_b in paired]))
    unit = unit_of(name)
    undefined = Difference(
        measurement=name,
        unit=unit,
        policy_a=a,
        policy_b=b,
        a=value_a if np.isfinite(value_a) else None,
        b=value_b if np.isfinite(value_b) else None,
        difference=None,
        low=None,
        high=None,
        pairs=sum(block.cut.count for block, _, _ in paired),
        runs=len(paired),
        verdict="undefined",
    )
    if undefined.a is None or undefined.b is None:
        return undefined
    smaller, larger = sorted((abs(value_a), abs(value_b)))
    reach, difference = _reach(paired, usual_spread(unit, larger, effect)), value_b - value_a
    low, high = (None, None) if reach is None else (difference - reach, difference + reach)
    least = usual_difference(unit, smaller, effect) if len(paired) == 1 else resolution(unit, smaller)
    verdict = _verdict(low, high, least)
    return undefined.model_copy(
        update={"difference": difference, "low": low, "high": high, "verdict": verdict}
    )


def _reach(paired: Sequence[tuple[Block, Drawn, Drawn]], spread: float) -> float | None:
    """Half of the interval of the mean difference.

    None when too few calls lie beyond a quantile, or so many failed that some draws have no value.
    """
    if not all(drawn.is_bounded for _, a, b in paired for drawn in (a, b)):
        return None
    return half_width([of_pair(block.cut, a, b) for block, a, b in paired], spread, EACH_CONFIDENCE)


def of_pair(cut: Partition, a: Drawn, b: Drawn) -> PairDifference:
    """The difference of one statistic between two runs over the same stretches, under the same weights."""
    pulls = centred(b.influence - a.influence, cut.phases)
    alike = autocorrelation_factor(pulls)
    free = cut.count - len(np.unique(cut.phases))
    variance = float(np.var(b.draws - a.draws)) * alike * cut.count / free
    return PairDifference(b.value - a.value, variance, free / alike)


def _verdict(
    low: float | None, high: float | None, least: float
) -> Literal["lower", "higher", "no difference shown"]:
    if low is None or high is None:
        return "no difference shown"
    if high < -least:
        return "lower"
    return "higher" if low > least else "no difference shown"
