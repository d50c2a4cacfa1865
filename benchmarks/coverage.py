"""Whether 95% intervals hold the truth, on systems whose percentiles and means are known.

    python -m benchmarks.coverage --runs 2000

Each cell is a system, a number of calls and a statistic. Two-sided coverage is to be 94%; an open side excludes
nothing, and the share of bounded upper sides is printed beside it. Exits 1 where the coverage of a cell is
significantly below 94% (99%, Holm's correction over the cells).
"""

from __future__ import annotations

import argparse
import sys

import numpy as np

from benchmarks.sampled_systems import (
    CORRELATED,
    INDEPENDENT,
    ONE_WORKER,
    OTHER_QUEUES,
    QUEUES,
    RARE,
    System,
    truth_of,
)
from benchmarks.simulated_cells import Made, cells, too_often
from harness.analyse.stats.effective_size import worth_beyond
from harness.analyse.stats.intervals import Interval, mean_interval, percentile_bounds

SYSTEMS = {s.name: s for s in (*ONE_WORKER, *QUEUES, *OTHER_QUEUES, *INDEPENDENT[:4], *CORRELATED, *RARE)}
CALLS = (2000, 6000, 20_000)
STATISTICS = ("p50", "p95", "p99", "mean")
WANTED = 0.94
EVENTS = 5
"""Rare events of which fewer occur in a run on average are left out: half of the runs may have one, or none."""
AT_ONCE = 250


def made(name: str, runs: int) -> Made:
    """Counts of a system and a number of calls, by statistic: wrong below, wrong above, bounded above."""
    system_name, calls = name.rsplit(" n=", 1)
    system = SYSTEMS[system_name]
    quantiles, mean = truth_of(system)
    rng = np.random.default_rng([int(calls), len(name)])
    counts = {statistic: [0, 0, 0] for statistic in STATISTICS}
    for start in range(0, runs, AT_ONCE):
        for run in system.draw(rng, min(AT_ONCE, runs - start), int(calls)):
            for statistic in STATISTICS:
                share = 0.0 if statistic == "mean" else float(f"0.{statistic[1:]}")
                true = mean if statistic == "mean" else float(quantiles[round(share * 10_000) - 1])
                low, high = interval(run, share)
                tally = counts[statistic]
                tally[0] += low is not None and low > true
                tally[1] += high is not None and high < true
                tally[2] += high is not None
    return {"name": name, "counts": counts}


def interval(run: np.ndarray, share: float) -> Interval:
    """What a run says of a percentile, or of its mean for a share of 0."""
    phases = np.zeros(len(run), dtype=np.int64)
    if not share:
        return mean_interval(run, phases)
    slow = max(5, len(run) // 1000)
    border = float(np.partition(run, len(run) - 1 - slow)[len(run) - 1 - slow])
    found = percentile_bounds(run, phases, share, worth_beyond(run, phases, border).design_effect)
    return Interval(found.low, found.high)


def wanted(system: System, calls: int) -> bool:
    """Whether enough rare events occur in a run."""
    return not system.event_s or calls / system.rate_per_s >= EVENTS * system.event_s


def main() -> int:
    """Prints the table; 1 where a cell is significantly below what is wanted."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=2000)
    options = parser.parse_args()
    names = [f"{s.name} n={n}" for n in CALLS for s in SYSTEMS.values() if wanted(s, n)]
    found = cells("coverage", made, names, options.runs)
    rows = [
        (cell["name"], statistic, *cell["counts"][statistic]) for cell in found for statistic in STATISTICS
    ]
    bad = too_often([below + above for _, _, below, above, _ in rows], options.runs, 1 - WANTED)
    print(
        "| system | calls | statistic | covered | too high | too low | bounded above |\n|---|---|---|---|---|---|---|"
    )
    for i, (name, statistic, below, above, bounded) in enumerate(rows):
        system, calls = name.rsplit(" n=", 1)
        shares = [below / options.runs, above / options.runs, bounded / options.runs]
        mark = " **below 94%**" if i in bad else ""
        print(
            f"| {system} | {int(calls):,} | {statistic} | {1 - shares[0] - shares[1]:.1%}{mark} "
            f"| {shares[0]:.1%} | {shares[1]:.1%} | {shares[2]:.0%} |"
        )
    print(f"\n{len(rows)} cells of {options.runs:,} runs, {len(bad)} significantly below {WANTED:.0%}")
    return int(bool(bad))


if __name__ == "__main__":
    sys.exit(main())
