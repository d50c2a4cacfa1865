"""What an open page of a live run costs the run's driver, in CPU seconds.

    python benchmarks/dashboard_live.py [--rounds 5] [--seconds 20] [--rate 150]

Each round makes three runs with the same arrivals and fates, in rotating order: *watched*, whose page is open in
Chromium; *elsewhere*, while an equal page is open on a run that nobody writes; *unwatched*, with an empty page. The
driver has one core to itself and everything else the others, as far as there are two. CPU seconds are the driver's,
between the same two moments of each run, well after its start.

*Reading* is watched against elsewhere: what it costs the driver that somebody reads its files. *All of it* is watched
against unwatched, so that it holds what a busy browser on the same processor costs everybody. Ratios are means over
the rounds with Student's 95% interval.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
WAYS = ("watched", "elsewhere", "unwatched")
STILL = "a-run-that-nobody-writes"


def driver_cpu_s(plan: lab.Plan, root: Path, seconds: float, look: Callable[[str], None]) -> float:
    """CPU seconds of a run's driver in `seconds` of its middle; `look` is given the run's name as it begins."""
    known, failed = _folders(root), list[BaseException]()

    def run() -> None:
        try:
            lab.run(plan, root)
        except BaseException as problem:
            failed.append(problem)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        while not (new := _folders(root) - known):
            if failed:
                raise failed[0]
            sleep(0.05)
        begin_s = monotonic() + BEFORE_S
        (driver,) = (p for p in psutil.Process().children() if "harness.drive" in " ".join(p.cmdline()))
        if (os.cpu_count() or 1) > 1:
            driver.cpu_affinity([_last_core()])
        look(new.pop().name)
        sleep(max(0.0, begin_s - monotonic()))
        before_s = _spent_s(driver)
        sleep(seconds)
        return _spent_s(driver) - before_s
    finally:
        thread.join()


def _folders(root: Path) -> set[Path]:
    return {record.folder for record in list_runs(root)}


def _spent_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _last_core() -> int:
    return (os.cpu_count() or 1) - 1


def _leave_the_last_core() -> None:
    """Keeps this process and all that it starts off the last core; the driver is put there."""
    if len(os.sched_getaffinity(0)) > 1:
        os.sched_setaffinity(0, os.sched_getaffinity(0) - {_last_core()})


@contextmanager
def still_run(root: Path, of: Path) -> Iterator[None]:
    """A copy of a run that looks live and never moves."""
    copy, over = root / STILL, threading.Event()
    shutil.copytree(of, copy)
    (copy / "end.json").unlink()
    identity = json.loads((copy / "run.json").read_text())
    (copy / "run.json").write_text(json.dumps({**identity, "id": STILL}))

    def keep_fresh() -> None:
        while not over.wait(1.0):
            (copy / "run.json").touch()

    thread = threading.Thread(target=keep_fresh)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def said(ratios: list[float]) -> str:
    """The mean ratio with Student's 95% interval."""
    if len(ratios) < 2:
        return f"×{mean(ratios):.3f}, n = 1 round"
    half = float(student.ppf(0.975, len(ratios) - 1)) * stdev(ratios) / len(ratios) ** 0.5
    low, high = mean(ratios) - half, mean(ratios) + half
    return f"×{mean(ratios):.3f} ({low:.3f} – {high:.3f}), n = {len(ratios)} rounds"


def rounds(
    plan: lab.Plan, root: Path, seconds: float, visitor: Visitor, count: int
) -> list[dict[str, float]]:
    """The driver's CPU seconds of every round, each way."""

    def looking(way: str) -> Callable[[str], None]:
        def look(run: str) -> None:
            if way == "unwatched":
                visitor.browser.get("about:blank")
                return
            visitor.open(f"/run?run={run if way == 'watched' else STILL}", settled=False)
            visitor.sees("● Live")

        return look

    driver_cpu_s(
        plan, root, 0.0, lambda _: None
    )  # The first run warms up, and is the one to look at elsewhere.
    made = []
    with still_run(root, _folders(root).pop()):
        for number in range(count):
            spent = {
                way: driver_cpu_s(plan, root, seconds, looking(way))
                for way in WAYS[number % 3 :] + WAYS[: number % 3]
            }
            print(
                f"round {number + 1}: " + ", ".join(f"{way} {spent[way]:.2f} s" for way in WAYS), flush=True
            )
            made.append(spent)
    return made


def main() -> None:
    """Makes the rounds and prints both ratios."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
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
            made = rounds(plan, root, wanted.seconds, visitor, wanted.rounds)
    print(f"reading:   {said([spent['watched'] / spent['elsewhere'] for spent in made])}")
    print(f"all of it: {said([spent['watched'] / spent['unwatched'] for spent in made])}")


if __name__ == "__main__":
    main()
