"""How often a run that is stopped at a random moment leaves a judged record and nothing else.

    python -m benchmarks.stop_signals [--times 20] [--at-once 4]

A run is started, and a signal is sent at a random moment within 6 s of its first recorded call: SIGTERM, SIGHUP,
SIGINT, SIGINT where the parent ignores it as a shell does for `&`, SIGHUP where the parent ignores it as `nohup` does
(the run must go on, until SIGTERM), and SIGTERM twice. Wanted, each time: exit code 143, 129 or 130, a record with an
end and a verdict, no process and no temporary folder; after a second signal the command may end at once, and the record
has no end then. Exits 1 where one is missing.
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
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psutil

from mock_upstream.process.stop_signals import REPEAT_S

SURGELINE = Path(sys.executable).with_name("surgeline")
RUN = ("run", "baseline", "-p", "careful", "--set", "scenario.arrivals.0.duration_s=120")
SEED, LONGEST_S, PATIENCE_S, GOES_ON_S = 1, 6.0, 180.0, 2.0
TERMINAL = ("env", "--default-signal=HUP", "--default-signal=INT")


@dataclass(frozen=True, slots=True)
class Kind:
    """How a run is stopped: the words before the command, the signals in turn, the exit code."""

    name: str
    before: tuple[str, ...]
    signals: tuple[signal.Signals, ...]
    code: int

    @property
    def twice(self) -> bool:
        """Whether the second signal follows the first one at once."""
        return len(self.signals) == 2 and self.signals[0] == self.signals[1]


KINDS = (
    Kind("SIGTERM", TERMINAL, (signal.SIGTERM,), 143),
    Kind("SIGHUP", TERMINAL, (signal.SIGHUP,), 129),
    Kind("SIGINT", TERMINAL, (signal.SIGINT,), 130),
    Kind("SIGINT, ignored by the parent", ("env", "--ignore-signal=INT"), (signal.SIGINT,), 130),
    Kind(
        "SIGHUP, ignored by the parent", ("env", "--ignore-signal=HUP"), (signal.SIGHUP, signal.SIGTERM), 143
    ),
    Kind("SIGTERM twice", TERMINAL, (signal.SIGTERM, signal.SIGTERM), 143),
)


def main() -> int:
    """Prints a line for each run that left something behind, and the counts."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--at-once", type=int, default=4, help="Runs side by side.")
    options = parser.parse_args()
    rng, missed = random.Random(SEED), 0  # noqa: S311 - not a secret
    with ThreadPoolExecutor(options.at_once) as pool:
        for kind in KINDS:
            moments = [rng.uniform(0.0, LONGEST_S) for _ in range(options.times)]
            found = list(pool.map(_stopped, [kind] * options.times, moments))
            for after_s, missing in zip(moments, found, strict=True):
                for line in missing:
                    print(f"{kind.name}, {after_s:.2f} s after the first calls: {line}", flush=True)
            whole = sum(not missing for missing in found)
            missed += options.times - whole
            print(f"{kind.name}: {whole} of {options.times} runs ended in order (wanted: all)", flush=True)
    return int(missed > 0)


def _stopped(kind: Kind, after_s: float) -> list[str]:
    """What is wrong with one run that was stopped; nothing for a good one."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        temporary, runs = folder / "temporary", folder / "runs"
        temporary.mkdir()
        environment = {**os.environ, "TMPDIR": str(temporary), "SURGELINE_RUNS": str(runs)}
        process = subprocess.Popen(
            [*kind.before, str(SURGELINE), *RUN],
            cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip
        _until(lambda: any(path.stat().st_size for path in runs.glob("*/calls.arrows")))
        time.sleep(after_s)
        children = psutil.Process(process.pid).children(recursive=True)
        found = _signalled(process, kind)
        _, printed = process.communicate(timeout=PATIENCE_S)
        _, alive = psutil.wait_procs(children, timeout=PATIENCE_S if kind.twice else 10.0)
        found += [f"exit code {process.returncode}"] if process.returncode != kind.code else []
        found += ["a traceback"] if b"Traceback" in printed else []
        found += [f"a process is left: {' '.join(child.cmdline())}" for child in alive]
        if kind.twice:
            return found
        found += [f"a folder is left: {path.name}" for path in temporary.iterdir()]
        return found + _judged(runs, kind.signals[-1])


def _signalled(process: subprocess.Popen[bytes], kind: Kind) -> list[str]:
    """Sends the signals; what went wrong between them."""
    process.send_signal(kind.signals[0])
    if len(kind.signals) == 1:
        return []
    time.sleep(2 * REPEAT_S if kind.twice else GOES_ON_S)
    if process.poll() is not None:
        return [] if kind.twice else ["the run did not go on"]
    process.send_signal(kind.signals[1])
    return []


def _judged(runs: Path, number: signal.Signals) -> list[str]:
    ends = [json.loads(path.read_text()) for path in runs.glob("*/end.json")]
    if len(ends) != 1:
        return [f"{len(ends)} records with an end"]
    early, verdict = ends[0].get("early") or {}, ends[0].get("verdict") or {}
    whole = (
        early.get("kind") == "interrupted"
        and early.get("signal", "SIGINT") == number.name
        and verdict.get("kind")
    )
    return [] if whole else [f"the end says {early} and {verdict}"]


def _until(condition: Callable[[], bool]) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > end_s:
            raise TimeoutError("the run recorded nothing")
        time.sleep(0.05)


if __name__ == "__main__":
    sys.exit(main())
