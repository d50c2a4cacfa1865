"""Whether runs of the length that `surgeline check` names decide, on queues whose percentiles are known.

    python -m benchmarks.run_lengths --runs 400

Each queue is run for as long as is needed at least, and whatever the shape of its tail: by the load that is assumed,
and by how calls depend on each other in runs of 17 s (the median of 20). Printed is the share of runs that decide a
limit of twice the true p99; wanted are 9 of 10 for the longer length. Exits 1 where it is missed significantly (99%,
Holm's correction).
"""

from __future__ import annotations

import argparse
import sys

import numpy as np
from scipy.stats import binom

from benchmarks.sampled_systems import System, queue, truth_of
from benchmarks.simulated_cells import SIGNIFICANT, Made, cells
from harness.analyse.stats.effective_size import worth_of_frequent
from harness.analyse.stats.intervals import percentile_bounds
from harness.analyse.verdict.run_length import CallPace, Length, at_load, lengths
from harness.model.slo import Slo

SLO = Slo(thresholds=("p99(latency) < 1s",))
PILOT_S, PILOTS, TIMES, WANTED, AT_ONCE = 17, 20, 2.0, 0.9, 100
KINDS, LOADS = ("fixed", "exponential", "lognormal"), (0.5, 0.65, 0.8)
SYSTEMS = {f"{kind} | {load}": (queue(kind, load), load) for kind in KINDS for load in LOADS}


def made(name: str, runs: int) -> Made:
    """Of one queue and one source of the dependence: both lengths in seconds, and how many runs of each decide."""
    system_name, _, source = name.rpartition(" | ")
    system, load = SYSTEMS[system_name]
    true = float(truth_of(system)[0][9899])
    rng = np.random.default_rng([9, len(name)])
    length = _assumed(system, load) if source == "assumed" else _measured(system, rng)
    decided = [_decided(system, seconds, true, runs, rng) for seconds in (length.least_s, length.any_tail_s)]
    return {"name": name, "seconds": [length.least_s, length.any_tail_s], "decided": decided}


def _assumed(system: System, load: float) -> Length:
    return lengths(SLO, at_load(system.rate_per_s, load), None)[0]


def _measured(system: System, rng: np.random.Generator) -> Length:
    n = int(system.rate_per_s * PILOT_S)
    phases = np.zeros(n, dtype=np.int64)
    effects = [worth_of_frequent(run, phases, 0.99).design_effect for run in system.draw(rng, PILOTS, n)]
    return lengths(SLO, lambda _: CallPace(system.rate_per_s, float(np.median(effects))), None)[0]


def _decided(system: System, seconds: float, true: float, runs: int, rng: np.random.Generator) -> int:
    n = int(system.rate_per_s * seconds)
    phases, decided = np.zeros(n, dtype=np.int64), 0
    for start in range(0, runs, AT_ONCE):
        for run in system.draw(rng, min(AT_ONCE, runs - start), n):
            low, high, _ = percentile_bounds(run, phases, 0.99)
            decided += (high is not None and high < TIMES * true) or (low is not None and low > TIMES * true)
    return decided


def main() -> int:
    """Prints the table; 1 where a length is too short."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=400)
    runs = parser.parse_args().runs
    names = [f"{name} | {source}" for name in SYSTEMS for source in ("assumed", "measured")]
    sources = ("benchmarks/sampled_systems.py", "harness/analyse/verdict/run_length.py")
    print("| services | load | dependence | at least | decided | whatever the tail | decided |")
    print("|---|---|---|---|---|---|---|")
    chances = []
    for cell in cells("run_lengths", made, names, runs, sources):
        (least_s, any_s), (by_least, by_any) = cell["seconds"], cell["decided"]
        print(
            f"| {cell['name']} | {least_s:.0f} s | {by_least / runs:.0%} | {any_s:.0f} s | {by_any / runs:.0%} |"
        )
        chances.append(float(binom.cdf(by_any, runs, WANTED)))
    missed = sum(chance <= SIGNIFICANT / (len(chances) - i) for i, chance in enumerate(sorted(chances)))
    print(
        f"\n{len(chances)} lengths, {runs} runs each: {missed} decide in significantly fewer than {WANTED:.0%}"
    )
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
