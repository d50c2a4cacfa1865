"""How often a threshold is decided, and how often wrongly, on systems whose percentiles are known.

    python -m benchmarks.verdict_power --runs 2000

A limit is so many times the true value. At the true value itself both a pass and a failure are wrong, and at most 5% of
the runs may say either; the command exits 1 where a cell is significantly above (99%, Holm's correction), where a
queue of up to 80% load with a limit of twice its p99 is decided in fewer than 90% of runs of 17 s (lognormal 75%), or
in fewer than 70% of runs of 57 s at one and a half times. Runs in which fewer than five rare events occur on average
are left out: a pass states the longest unseen event for them.
"""

from __future__ import annotations

import argparse
import sys

import numpy as np

from benchmarks.coverage import interval
from benchmarks.sampled_systems import (
    CORRELATED,
    ERRORS,
    INDEPENDENT,
    ONE_WORKER,
    OTHER_QUEUES,
    QUEUES,
    RARE,
    System,
    queue,
    truth_of,
)
from benchmarks.simulated_cells import Made, cells, too_often
from harness.analyse.stats.effective_size import effective_of_events
from harness.analyse.stats.intervals import Interval, ratio_interval

MORE = [queue("lognormal", 0.9), queue("two modes", 0.9), queue("0.6% slow", 0.5)]
SYSTEMS = {s.name: s for s in (*QUEUES, *OTHER_QUEUES, *MORE, *ONE_WORKER, *INDEPENDENT, *CORRELATED, *RARE)}
FAILING = {s.name: s for s in ERRORS}
SECONDS, TIMES = (17, 57), (1.5, 2.0, 3.0)
ALLOWED = 0.05
EVENTS = 5
LEAST = {17: (1, 0.90), 57: (0, 0.70)}
"""By seconds: which of `TIMES` is to be decided, and how often."""
TABLE = ("M/D/8", "M/M/8", "M/lognormal/8")
AT_ONCE = 250


def made(name: str, runs: int) -> Made:
    """Of one cell: runs that fail and that pass at the true value, and that pass at so many times of it."""
    system_name, statistic, seconds = name.split(" | ")
    system = (SYSTEMS | FAILING)[system_name]
    quantiles, mean = truth_of(system)
    share = 0.0 if statistic == "errors" else float(f"0.{statistic[1:]}")
    true = mean if statistic == "errors" else float(quantiles[round(share * 10_000) - 1])
    rng = np.random.default_rng([int(seconds), len(name)])
    failed, passed = 0, [0] * (1 + len(TIMES))
    for start in range(0, runs, AT_ONCE):
        for run in system.draw(rng, min(AT_ONCE, runs - start), int(system.rate_per_s * int(seconds))):
            low, high = errors(run) if statistic == "errors" else interval(run, share)
            failed += low is not None and low > true
            for i, times in enumerate((1.0, *TIMES)):
                passed[i] += high is not None and high < true * times
    return {"name": name, "failed": failed, "passed": passed}


def errors(run: np.ndarray) -> Interval:
    """What a run says of its ratio of errors."""
    phases = np.zeros(len(run), dtype=np.int64)
    return ratio_interval(effective_of_events(run > 0, phases), float(run.mean()))


def wanted(system: System, seconds: int) -> bool:
    """Whether enough rare events occur in a run."""
    return not system.event_s or seconds >= EVENTS * system.event_s


def names() -> list[str]:
    """Every cell."""
    found = [f"{s.name} | p99 | {t}" for t in SECONDS for s in SYSTEMS.values() if wanted(s, t)]
    found += [f"{s.name} | p95 | {t}" for t in SECONDS for s in (*QUEUES[2:4], *QUEUES[6:8], OTHER_QUEUES[1])]
    return found + [f"{s.name} | errors | {t}" for t in SECONDS for s in ERRORS]


def undecided(cell: Made, runs: int) -> str:
    """What is missing of the wanted share of decided runs; "" for nothing."""
    name, statistic, seconds = cell["name"].split(" | ")
    kind, _, load = name.partition(", ")
    if kind not in TABLE or statistic != "p99" or float(load.rstrip("%")) > 80:
        return ""
    which, least = LEAST[int(seconds)]
    least = 0.75 if "lognormal" in kind and seconds == "17" else least
    decided = cell["passed"][1 + which] / runs
    return (
        ""
        if decided >= least
        else f"{cell['name']}: {decided:.0%} decided at {TIMES[which]:g} times, {least:.0%} wanted"
    )


def main() -> int:
    """Prints the table; 1 where something wanted is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=2000)
    options = parser.parse_args()
    runs = options.runs
    found = cells("verdict_power", made, names(), runs)
    wrong = too_often([c["failed"] + c["passed"][0] for c in found], runs, ALLOWED)
    print(
        "| system | statistic | run | wrong fail | wrong pass | 1.5× | 2× | 3× |\n|---|---|---|---|---|---|---|---|"
    )
    for i, cell in enumerate(found):
        name, statistic, seconds = cell["name"].split(" | ")
        shares = " | ".join(f"{count / runs:.2f}" for count in cell["passed"][1:])
        mark = " **above 5%**" if i in wrong else ""
        print(
            f"| {name} | {statistic} | {seconds} s | {cell['failed'] / runs:.1%} "
            f"| {cell['passed'][0] / runs:.1%}{mark} | {shares} |"
        )
    missed = [text for cell in found if (text := undecided(cell, runs))]
    print(
        f"\n{len(found)} cells of {runs:,} runs: {len(wrong)} significantly wrong in more than {ALLOWED:.0%}"
    )
    for text in missed:
        print(text)
    return int(bool(wrong or missed))


if __name__ == "__main__":
    sys.exit(main())
