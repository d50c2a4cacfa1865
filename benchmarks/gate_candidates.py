"""The ways to make an interval of a ratio to a baseline that decision 17 weighs, on simulated runs.

    python -m benchmarks.gate_candidates --runs 300

Pairs of runs as in `benchmarks.gate_power`, with a machine effect of 2% on every run. To the error of each way the
usual difference of two runs (5%) is added by the squares. Printed: how often an equal candidate passes a limit of 1.2,
how often one exactly at the limit passes and fails, and how often one 1.5 times as slow fails.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np
from scipy.special import stdtrit

from benchmarks.gate_power import (
    DRAWN_ANEW,
    LIMIT,
    SAME,
    SOURCES,
    TIMES,
    measured_of,
    pairs_of,
    ratio_of,
)
from benchmarks.gate_systems import SYSTEMS, Floats
from benchmarks.simulated_cells import Made, cells
from harness.analyse.compare.paired_differences import DRAWS
from harness.analyse.evidence import Evidence
from harness.analyse.measure.baseline_ratio import ratio_to_baseline
from harness.analyse.measure.columns import counted_in, percentile_s
from harness.analyse.stats.block_bootstrap import Partition, distribution_by_stretch, partition
from harness.analyse.stats.effective_size import autocorrelation_factor, centred
from harness.analyse.stats.intervals import UNKNOWN, Interval
from harness.analyse.stats.quantiles import quantile_of
from harness.model.run_effect import ASSUMED
from harness.model.verdict import Measurement

EFFECT, CHANCE, QUANTILE, AT_ONCE = 0.02, 0.975, 0.99, 250
RATIOS: Floats = np.geomspace(0.25, 4.0, 141)
Way = Callable[[Evidence, Evidence], Interval]
"""From a baseline's run and a candidate's to an interval of the ratio of their p99."""


def two_intervals(before: Evidence, now: Evidence) -> Interval:
    """The intervals of both runs, as independent of each other."""
    return _sides(ratio_to_baseline(measured_of(now), measured_of(before)))


def percentiles_of_draws(before: Evidence, now: Evidence) -> Interval:
    """The middle 95% of the ratios in stretches drawn with the same weights."""
    cut = _cut(before)
    weights = cut.weights(DRAWS, np.random.default_rng(1))
    a, b = (
        distribution_by_stretch(*_calls(run, cut), cut.count).quantile(QUANTILE).under(weights)
        for run in (before, now)
    )
    ratios = np.sort(b / a)
    return Interval(quantile_of(ratios, 1 - CHANCE), quantile_of(ratios, CHANCE))


def tail_counts(before: Evidence, now: Evidence) -> Interval:
    """The ratios by which the candidate may be divided so that as many of its calls lie beyond a common level."""
    cut = _cut(before)
    (a, place_a), (b, place_b) = _calls(before, cut), _calls(now, cut)
    held = [r for r in RATIOS if abs(_score(cut, a, place_a, b / r, place_b)) <= 1.0]
    return Interval(float(min(held)), float(max(held))) if held else UNKNOWN


def _score(cut: Partition, a: Floats, place_a: Floats, b: Floats, place_b: Floats) -> float:
    """How many more calls of b than of a lie beyond the p99 of both, as a share of what chance explains."""
    level = quantile_of(np.sort(np.concatenate([a, b])), QUANTILE)
    beyond = [
        np.bincount(p[v > level], minlength=cut.count) / len(v) for v, p in ((a, place_a), (b, place_b))
    ]
    more = beyond[1] - beyond[0]
    apart = centred(more, cut.phases)
    alike, free = autocorrelation_factor(apart), cut.count - len(np.unique(cut.phases))
    spread = float(np.sqrt((apart**2).sum() * cut.count / free * alike)) * float(
        stdtrit(free / alike, CHANCE)
    )
    return float(more.sum()) / spread if spread else float(np.sign(more.sum())) * np.inf


def _cut(run: Evidence) -> Partition:
    cut = partition([run])
    assert cut is not None
    return cut


def _calls(run: Evidence, cut: Partition) -> tuple[Floats, Floats]:
    calls = counted_in(run.counted, "latency", run.slo.failed_calls)
    return percentile_s(calls, "latency"), cut.place(calls["scheduled_s"].to_numpy(float))


def _sides(found: Measurement) -> Interval:
    return Interval(found.low, found.high)


WAYS: dict[str, Way] = {
    "two intervals, as before": two_intervals,
    "pairs, percentiles of the draws": percentiles_of_draws,
    "pairs, counts beyond a level": tail_counts,
}
PAIRED = "pairs, scatter of the draws"


def made(name: str, runs: int) -> Made:
    """Of one cell: by way and by how many times as slow the candidate is, how many passed and failed."""
    scenario, kind = name.split(" | ")
    rng, usual = np.random.default_rng([8, len(name)]), float(np.log1p(ASSUMED.usual))
    found = {way: np.zeros((2, len(TIMES)), dtype=int) for way in (*WAYS, PAIRED)}
    for start in range(1000, 1000 + runs, AT_ONCE):
        seeds = range(start, min(1000 + runs, start + AT_ONCE))
        for before, baseline, now, _ in pairs_of(SYSTEMS[scenario], seeds, kind, rng):
            paired, shift = ratio_of(baseline, now, ASSUMED), np.exp(np.sqrt(2.0) * EFFECT * rng.normal())
            ways = {name: _widened(way(before, now), paired.number, usual) for name, way in WAYS.items()}
            for way, interval in (ways | {PAIRED: _sides(paired)}).items():
                found[way][0] += interval.high is not None and interval.high * shift * np.array(TIMES) < LIMIT
                found[way][1] += interval.low is not None and interval.low * shift * np.array(TIMES) >= LIMIT
    return {"name": name} | {way: counts.tolist() for way, counts in found.items()}


def _widened(interval: Interval, ratio: float, usual: float) -> Interval:
    """An interval with the usual difference added to its distances from the ratio, on a logarithmic scale."""
    low, high = (
        None if side is None or not np.isfinite(side) or side <= 0 else float(np.log(side / ratio))
        for side in interval
    )
    return Interval(
        None if low is None else ratio / float(np.exp(np.hypot(low, usual))),
        None if high is None else ratio * float(np.exp(np.hypot(high, usual))),
    )


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=500)
    runs = parser.parse_args().runs
    names = [f"{scenario} | {kind}" for kind in (SAME, DRAWN_ANEW) for scenario in SYSTEMS]
    print("| scenario | candidate | interval | equal passes | at the limit: pass / fail | 1.5 times fails |")
    print("|---|---|---|---|---|---|")
    for cell in cells("gate_candidates", made, names, runs, (*SOURCES, "benchmarks/gate_candidates.py")):
        for way in (*WAYS, PAIRED):
            passed, failed = np.array(cell[way]) / runs
            print(
                f"| {cell['name']} | {way} | {passed[0]:.1%} | {passed[1]:.1%} / {failed[1]:.1%} | {failed[2]:.1%} |"
            )


if __name__ == "__main__":
    main()
