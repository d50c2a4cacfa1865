"""How often the headroom's interval covers the truth, and how near its value is, on simulated queues.

    python -m benchmarks.range_headroom                 # 40 cases of each queue and load: about five minutes

Each case measures the service times of a minute at 340 requests per second, and asks for the p99 of the calls under way
at another load of the same eight workers of 20 ms. The truth is the mean of long simulations of the same queue. Exits
with 1 where fewer than 94% are covered, significantly (1%, Holm's correction over the cells), or where the median
distance to the truth is beyond 15% at loads up to 85%.
"""

from __future__ import annotations

import argparse
import sys

import numpy as np
from scipy.stats import binom

from benchmarks.range_systems import Floats
from harness.analyse.range.peak_use import by_queue
from harness.analyse.stats.quantiles import quantile_of
from harness.analyse.stats.queueing import waits_s

WORKERS, SERVICE_S, MEASURED = 8, 0.020, 20_000
CAPACITY_PER_S = WORKERS / SERVICE_S
LOADS = (0.5, 0.7, 0.85, 0.95, 0.975)
COVERED, NEAR, NEAR_UP_TO, LEVEL = 0.94, 0.15, 0.85, 0.01
QUEUES = ("M/D/8", "M/M/8", "lognormal")
TRUTH_CALLS, TRUTH_RUNS = 400_000, 6


def service_times(queue: str, count: int, rng: np.random.Generator) -> Floats:
    """Service times with a mean of 20 ms, seconds."""
    if queue == "M/D/8":
        return np.full(count, SERVICE_S)
    if queue == "M/M/8":
        return rng.exponential(SERVICE_S, count)
    return SERVICE_S * rng.lognormal(-0.5, 1.0, count)


def truth(queue: str, rate_per_s: float, rng: np.random.Generator) -> float:
    """The p99 of how many calls a call finds under way in long runs."""
    return float(np.mean([_p99_under_way(queue, rate_per_s, rng) for _ in range(TRUTH_RUNS)]))


def _p99_under_way(queue: str, rate_per_s: float, rng: np.random.Generator) -> float:
    arrived_s = np.cumsum(rng.exponential(1 / rate_per_s, TRUTH_CALLS))
    service_s = service_times(queue, TRUTH_CALLS, rng)
    ended_s = np.sort(arrived_s + waits_s(arrived_s, service_s, WORKERS) + service_s)
    return quantile_of(
        np.sort(np.arange(TRUTH_CALLS) - np.searchsorted(ended_s, arrived_s)).astype(float), 0.99
    )


def main() -> None:
    """Prints the table, and exits with 1 where a wanted figure is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=int, default=40, help="of each queue and load")
    parser.add_argument("--seed", type=int, default=2026)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    print("| queue | load | truth | covered | median distance | open above |\n|---|---|---|---|---|---|")
    chances, lines = {}, []
    for queue in QUEUES:
        for load in LOADS:
            rate_per_s = load * CAPACITY_PER_S
            known = truth(queue, rate_per_s, rng)
            found = [
                by_queue(service_times(queue, MEASURED, rng), WORKERS, rate_per_s, seed=case)
                for case in range(options.cases)
            ]
            covered = [
                (at.low or 0.0) <= known + 1 and (at.high is None or known - 1 <= at.high) for at in found
            ]
            distance = float(np.median([abs((at.value or np.inf) / known - 1) for at in found]))
            cell = f"{queue} at {load:.1%}"
            chances[cell] = float(binom.cdf(sum(covered), len(covered), COVERED))
            if load <= NEAR_UP_TO and distance > NEAR:
                lines.append(f"{cell}: the median distance is {distance:.1%}")
            opened = np.mean([at.high is None for at in found])
            print(
                f"| {queue} | {load:.1%} | {known:.1f} | {np.mean(covered):.1%}, n = {len(covered)} "
                f"| {distance:.1%} | {opened:.0%} |",
                flush=True,
            )
    for rank, (cell, chance) in enumerate(sorted(chances.items(), key=lambda item: item[1])):
        if chance > LEVEL / (len(chances) - rank):
            break
        lines.append(f"{cell}: covered significantly less than {COVERED:.0%}")
    print("\n".join(["", *(f"missed: {line}" for line in lines)]))
    sys.exit(1 if lines else 0)


if __name__ == "__main__":
    main()
