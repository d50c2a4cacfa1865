"""What an open page of a live run costs the run's driver: its CPU seconds with the page and without it.

    python benchmarks/dashboard_live.py [--pairs 5] [--seconds 20] [--rate 150]

Pairs of runs with the same arrivals and fates, one of them watched in Chromium by `/run?run=…`, in alternating order.
The driver has one core to itself and everything else the others, as far as there are two: what is measured is what
reading costs the one who writes, not what a browser on the same core would. CPU seconds are those of the driver
between the same two moments of each run, well after its start. Prints each pair, and the mean ratio with Student's
95% interval.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import threading
from pathlib import Path
from statistics import mean, stdev
from time import monotonic, sleep

import psutil
from scipy.stats import t as student

from benchmarks.dashboard_paint import server, stop_in_order
from dashboard.launch import command
from harness import files, lab
from harness.record.reader import list_runs
from tests.e2e.browser import Visitor, chromium, free_port

BEFORE_S, AFTER_S = 8.0, 2.0


def driver_cpu_s(plan: lab.Plan, root: Path, seconds: float, visitor: Visitor | None) -> float:
    """CPU seconds of a run's driver in `seconds` of its middle; a visitor looks at the run all the while."""
    known, failed = {record.folder for record in list_runs(root)}, list[BaseException]()

    def run() -> None:
        try:
            lab.run(plan, root)
        except BaseException as problem:
            failed.append(problem)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        while not (new := {record.folder for record in list_runs(root)} - known):
            if failed:
                raise failed[0]
            sleep(0.05)
        begin_s = monotonic() + BEFORE_S
        (driver,) = (p for p in psutil.Process().children() if "harness.drive" in " ".join(p.cmdline()))
        _alone(driver)
        if visitor is not None:
            visitor.open(f"/run?run={new.pop().name}", settled=False)
            visitor.sees("● Live")
        sleep(max(0.0, begin_s - monotonic()))
        before_s = _spent_s(driver)
        sleep(seconds)
        spent_s = _spent_s(driver) - before_s
    finally:
        thread.join()
    return spent_s


def _spent_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _alone(driver: psutil.Process) -> None:
    """Gives the driver the last core; everything else was kept off it at the start."""
    cores = sorted(os.sched_getaffinity(0) | {_last_core()})
    if len(cores) > 1:
        driver.cpu_affinity([cores[-1]])


def _last_core() -> int:
    return (os.cpu_count() or 1) - 1


def _leave_the_last_core() -> None:
    """Keeps this process and all that it starts off the last core."""
    cores = os.sched_getaffinity(0)
    if len(cores) > 1:
        os.sched_setaffinity(0, cores - {_last_core()})


def interval(ratios: list[float]) -> tuple[float, float]:
    """Student's 95% interval of the mean."""
    half = float(student.ppf(0.975, len(ratios) - 1)) * stdev(ratios) / len(ratios) ** 0.5
    return mean(ratios) - half, mean(ratios) + half


def main() -> None:
    """Makes the pairs and prints them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--rate", type=float, default=150.0)
    wanted = parser.parse_args()
    stop_in_order()
    _leave_the_last_core()
    duration_s = BEFORE_S + wanted.seconds + AFTER_S
    settings = [
        f"scenario.arrivals.0.rate_per_s={wanted.rate}",
        f"scenario.arrivals.0.duration_s={duration_s}",
    ]
    overrides = files.overrides(settings)
    written = files.scenario("baseline", overrides)
    plan = lab.Plan(files.policy("careful", overrides), written.scenario, written.upstream)
    with tempfile.TemporaryDirectory() as scratch, chromium(Path(scratch) / "profile") as browser:
        root, port = Path(scratch) / "runs", free_port()
        root.mkdir()
        with server(command(port, root), port, Path(scratch) / "server.log"):
            visitor = Visitor(browser, f"http://127.0.0.1:{port}")
            ratios = []
            for number in range(wanted.pairs):
                spent: dict[bool, float] = {}
                for watched in (True, False) if number % 2 else (False, True):
                    browser.get("about:blank")
                    guest = visitor if watched else None
                    spent[watched] = driver_cpu_s(plan, root, wanted.seconds, guest)
                ratios.append(spent[True] / spent[False])
                said = (
                    f"watched {spent[True]:.2f} s, unwatched {spent[False]:.2f} s of CPU: ×{ratios[-1]:.3f}"
                )
                print(f"pair {number + 1}: {said}", flush=True)
    said = f"×{mean(ratios):.3f}"
    if len(ratios) > 1:
        low, high = interval(ratios)
        said += f" ({low:.3f} – {high:.3f}, 95%)"
    print(f"reading a live run costs its driver {mean(ratios) - 1:+.1%}: {said}, n = {len(ratios)} pairs")


if __name__ == "__main__":
    main()
