"""How soon a series of runs decides "p99 < limit", and how often wrongly, on queues whose percentiles are known.

    python -m benchmarks.until_decided --runs 2000

Each series is judged after each run of 17 s, from all of its runs, until it passes, fails, or has had its most runs. At
the true p99 both a pass and a failure are wrong; the command exits 1 where more than 5% of the series say either
(99%, Holm's correction). The last columns are the median and the 90th percentile of the runs that a series needs when
the limit is so many times the true p99, and the share that is decided.
"""

from __future__ import annotations

import argparse
import sys

import numpy as np

from benchmarks.sampled_systems import ERRORS, System, queue, truth_of
from benchmarks.simulated_cells import Made, cells, too_often
from harness.analyse.stats.effective_size import effective_of_events
from harness.analyse.stats.intervals import Interval, Sides, percentile_bounds, ratio_interval
from harness.analyse.stats.sequential import look_confidence

SYSTEMS: dict[str, System] = {
    s.name: s
    for s in (
        *(queue("fixed", load) for load in (0.65, 0.8)),
        *(queue("exponential", load) for load in (0.65, 0.8, 0.9)),
        *(queue("lognormal", load) for load in (0.65, 0.8)),
        *ERRORS,
    )
}
SECONDS, MOST = 17, 12
TIMES = (0.8, 1.0, 1.25, 1.5, 2.0)
ALLOWED, EACH = 0.05, 0.975
AT_ONCE = 50


def made(name: str, series: int) -> Made:
    """Of one system: by each limit, the runs at which series were decided, and how many failed or passed."""
    system = SYSTEMS[name]
    quantiles, mean = truth_of(system)
    failing = system in ERRORS
    true = mean if failing else float(quantiles[9899])
    rng = np.random.default_rng([7, len(name)])
    found: Made = {"name": name, "decided": [[] for _ in TIMES], "failed": [0] * len(TIMES)}
    for _ in range(0, series, AT_ONCE):
        calls = int(system.rate_per_s * SECONDS)
        drawn = [system.draw(rng, AT_ONCE, calls) for _ in range(MOST)]
        for one in np.stack(drawn, axis=1):
            for at, (look, failed) in _decided(one, true, failing=failing).items():
                found["decided"][at].append(look)
                found["failed"][at] += failed
    return found


def _decided(runs: np.ndarray, true: float, *, failing: bool) -> dict[int, tuple[int, bool]]:
    """By the number of a limit: the look at which one series was decided, and whether it failed."""
    found: dict[int, tuple[int, bool]] = {}
    for look in range(1, len(runs) + 1):
        sides = Sides(*[look_confidence(look, EACH)] * 2)
        low, high = _bounds(runs[:look].reshape(-1), sides, failing=failing)
        for at, times in enumerate(TIMES):
            limit = true * times
            if at in found:
                continue
            if (high is not None and high < limit) or (low is not None and low > limit):
                found[at] = look, low is not None and low > limit
        if len(found) == len(TIMES):
            break
    return found


def _bounds(values: np.ndarray, sides: Sides, *, failing: bool) -> Interval:
    phases = np.zeros(len(values), dtype=np.int64)
    if failing:
        return ratio_interval(effective_of_events(values > 0, phases), float(values.mean()), sides)
    low, high, _ = percentile_bounds(values, phases, 0.99, sides=sides)
    return Interval(low, high)


def main() -> int:
    """Prints the table; 1 where too many series are wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=2000)
    series = -(-parser.parse_args().runs // AT_ONCE) * AT_ONCE
    found = cells("until_decided", made, list(SYSTEMS), series)
    at_limit = TIMES.index(1.0)
    wrong = too_often([len(cell["decided"][at_limit]) for cell in found], series, ALLOWED)
    print("| system | wrong at the limit | " + " | ".join(f"{t:g}×" for t in TIMES if t != 1.0) + " |")
    print("|---" * (len(TIMES) + 1) + "|")
    for i, cell in enumerate(found):
        columns = [_column(cell["decided"][at], series) for at in range(len(TIMES)) if at != at_limit]
        mark = " **above 5%**" if i in wrong else ""
        print(
            f"| {cell['name']} | {len(cell['decided'][at_limit]) / series:.1%}{mark} | {' | '.join(columns)} |"
        )
    print(
        f"\n{series:,} series of at most {MOST} runs of {SECONDS} s: {len(wrong)} significantly wrong in more than 5%"
    )
    return int(bool(wrong))


def _column(looks: list[int], series: int) -> str:
    """The median and the 90th percentile of the runs needed, counting undecided series as the longest."""
    every = np.sort([*looks, *[MOST + 1] * (series - len(looks))])
    median, late = (int(every[int(np.ceil(q * series)) - 1]) for q in (0.5, 0.9))
    text = " and ".join(f"> {MOST}" if n > MOST else str(n) for n in (median, late))
    return f"{text} ({len(looks) / series:.0%})"


if __name__ == "__main__":
    sys.exit(main())
