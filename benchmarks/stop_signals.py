"""How often a run that is stopped at a random moment leaves a judged record and nothing else.

    python -m benchmarks.stop_signals [--times 20]

A run is started, and SIGTERM is sent at a random moment within 6 s of its first recorded call. Wanted, each time: exit
code 143, a record with an end and a verdict, no process and no temporary folder. Exits 1 where one is missing.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil

SURGELINE = Path(sys.executable).with_name("surgeline")
RUN = ("run", "baseline", "-p", "careful", "--set", "scenario.arrivals.0.duration_s=60")
SEED, LONGEST_S, PATIENCE_S = 1, 6.0, 60.0


def main() -> int:
    """Prints a line for each run that left something behind, and the counts."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--times", type=int, default=20)
    times, rng, whole = parser.parse_args().times, random.Random(SEED), 0  # noqa: S311
    for number in range(1, times + 1):
        after_s = rng.uniform(0.0, LONGEST_S)
        with tempfile.TemporaryDirectory() as folder:
            missing = _stopped(Path(folder), after_s)
        whole += not missing
        for line in missing:
            print(f"run {number}, stopped {after_s:.2f} s after its first calls: {line}", flush=True)
    print(
        f"{whole} of {times} runs left a judged record, exit code 143, no process and no folder (wanted: all)"
    )
    return int(whole < times)


def _stopped(folder: Path, after_s: float) -> list[str]:
    """What is wrong with one run that was stopped; nothing for a good one."""
    temporary, runs = folder / "temporary", folder / "runs"
    temporary.mkdir()
    environment = {**os.environ, "TMPDIR": str(temporary), "SURGELINE_RUNS": str(runs)}
    process = subprocess.Popen(
        [str(SURGELINE), *RUN], cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    _until(lambda: any(path.stat().st_size for path in runs.glob("*/calls.arrows")))
    time.sleep(after_s)
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGTERM)
    _, printed = process.communicate(timeout=PATIENCE_S)
    _, alive = psutil.wait_procs(children, timeout=10.0)
    found = [f"exit code {process.returncode}"] if process.returncode != 143 else []
    found += ["a traceback"] if b"Traceback" in printed else []
    found += [f"a process is left: {' '.join(child.cmdline())}" for child in alive]
    found += [f"a folder is left: {path.name}" for path in temporary.iterdir()]
    return found + _judged(runs)


def _judged(runs: Path) -> list[str]:
    ends = [json.loads(path.read_text()) for path in runs.glob("*/end.json")]
    if len(ends) != 1:
        return [f"{len(ends)} records with an end"]
    early, verdict = ends[0].get("early") or {}, ends[0].get("verdict") or {}
    return (
        []
        if early.get("signal") == "SIGTERM" and verdict.get("kind")
        else [f"the end says {early} and {verdict}"]
    )


def _until(condition: Callable[[], bool]) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > end_s:
            raise TimeoutError("the run recorded nothing")
        time.sleep(0.05)


if __name__ == "__main__":
    sys.exit(main())
