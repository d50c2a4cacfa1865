"""The cost for a run's driver when its files are read, as the dashboard's page of a live run does each second.

    python -m benchmarks.dashboard_reading [--pairs 16] [--window 4] [--rate 150]

One run, one reader beside it. In windows that take turns the reader draws up the live run, or a copy of a run of the
same length that nobody writes: the same work on the same processor, so that what differs is the reading alone. It is
more than the page reads, which is what is new since its last look. Calls are evenly spaced, so that each window has as
many. The driver has a core to itself. Its CPU time is the kernel's, to the nanosecond; the ratio is over pairs of
neighbouring windows, as their median with its 95% interval (order statistics). At most 2% more is wanted; the exit code
is 1 unless the whole interval is below that. On a busy machine it is wide, and then nothing is decided.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import shutil
import statistics
import sys
import tempfile
import threading
from multiprocessing.synchronize import Event
from pathlib import Path
from time import monotonic, sleep

import psutil

from dashboard.data.run_frames import run_frames
from harness.inputs.overrides import read_overrides
from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario
from harness.lab.plan import Plan
from harness.lab.run import run_plan
from harness.record.reader import list_runs, open_run

BEFORE_S, AFTER_S = 8.0, 2.0
AT_MOST = 1.02


def read_on(live: Path, still: Path, watched: Event, over: Event) -> None:
    """Draws up one of the two each second."""
    while not over.wait(1.0):
        run_frames(open_run(live if watched.is_set() else still))


def spent_s(pid: int) -> float:
    """CPU seconds of all threads of a process."""
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


def windows(pid: int, pairs: int, window_s: float, watched: Event) -> list[float]:
    """The ratio of watched to unwatched of each pair; every second pair is turned round."""
    ratios = []
    for number in range(pairs):
        spent = {}
        for looked_at in (True, False) if number % 2 == 0 else (False, True):
            watched.set() if looked_at else watched.clear()
            before_s = spent_s(pid)
            sleep(window_s)
            spent[looked_at] = spent_s(pid) - before_s
        ratios.append(spent[True] / spent[False])
    return ratios


def main() -> None:
    """Makes the run and prints the ratio."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pairs", type=int, default=16)
    parser.add_argument("--window", type=float, default=4.0)
    parser.add_argument("--rate", type=float, default=150.0)
    wanted = parser.parse_args()
    _leave_the_last_core()
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch) / "runs"
        root.mkdir()
        still = root.with_name("still")
        short = run_plan(_plan(wanted.rate, 20.0), root)
        shutil.copytree(short.folder, still)
        (still / "end.json").unlink()
        ratios = _measure(
            _plan(wanted.rate, BEFORE_S + 2 * wanted.pairs * wanted.window + AFTER_S), root, still, wanted
        )
    ratios.sort()
    n = len(ratios)
    reach = 1.96 * n**0.5 / 2.0
    low, high = ratios[max(0, int(n / 2 - reach))], ratios[min(n - 1, int(n / 2 + reach))]
    median = statistics.median(ratios)
    print(f"the driver's CPU, read against unread: ×{median:.4f} ({low:.4f} – {high:.4f}), n = {n} pairs")
    decided = "holds" if high <= AT_MOST else "missed" if low > AT_MOST else "undecided"
    print(f"wanted: at most ×{AT_MOST:g}; {decided}")
    sys.exit(high > AT_MOST)


def _measure(plan: Plan, root: Path, still: Path, wanted: argparse.Namespace) -> list[float]:
    known = _folders(root)
    run = threading.Thread(target=run_plan, args=(plan, root))
    run.start()
    while not (new := _folders(root) - known):
        sleep(0.05)
    begin_s = monotonic() + BEFORE_S
    (driver,) = (p for p in psutil.Process().children() if "harness.drive" in " ".join(p.cmdline()))
    if (os.cpu_count() or 1) > 1:
        driver.cpu_affinity([_last_core()])
    context = multiprocessing.get_context("spawn")
    watched, over = context.Event(), context.Event()
    reader = context.Process(target=read_on, args=(new.pop(), still, watched, over))
    reader.start()
    try:
        sleep(max(0.0, begin_s - monotonic()))
        return windows(driver.pid, wanted.pairs, wanted.window, watched)
    finally:
        over.set()
        reader.join(10.0)
        run.join()


def _folders(root: Path) -> set[Path]:
    return {record.folder for record in list_runs(root)}


def _last_core() -> int:
    return (os.cpu_count() or 1) - 1


def _leave_the_last_core() -> None:
    """Keeps this process and all that it starts off the last core; the driver is put there."""
    if len(os.sched_getaffinity(0)) > 1:
        os.sched_setaffinity(0, os.sched_getaffinity(0) - {_last_core()})


def _plan(rate: float, duration_s: float) -> Plan:
    overrides = read_overrides(
        [
            f"scenario.arrivals.0.rate_per_s={rate}",
            f"scenario.arrivals.0.duration_s={duration_s}",
            'scenario.arrivals.0.spacing="constant"',
        ]
    )
    written = read_scenario("baseline", overrides)
    return Plan(read_policy("careful", overrides), written.scenario, written.upstream)


if __name__ == "__main__":
    main()
