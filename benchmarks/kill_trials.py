"""One trial of the campaign of kills: a short run, SIGKILL of a part of it at a drawn moment, and what was left."""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import psutil

from benchmarks.folder_watch import CREATE, MODIFY, MOVED_TO, FolderWatch
from benchmarks.kill_checks import WITHIN_S, Killed, problems
from benchmarks.killed_run import (
    ORPHANS_S,
    PATIENCE_S,
    KilledRun,
    ports_left,
    processes_left,
    start,
    start_prometheus,
)
from benchmarks.processor_waits import ProcessorWaits, sampled_waits
from harness.lab.process_tree import adopt_orphans, kill_all
from harness.record.reader import open_run

Found = TypeVar("Found")
LOAD_S, RATE_PER_S = 3.0, 40
PARTS = ("command", "driver", "upstream", "worker", "prometheus")
SHARES = (0.3, 0.3, 0.2, 0.12, 0.08)
MOMENTS = ("write", "rename", "start", "load", "end")
MOMENT_SHARES = (0.3, 0.2, 0.1, 0.25, 0.15)
DELAYS_S = {
    "write": (0.0, 0.002), "rename": (0.0, 0.002), "start": (0.0, 1.0), "load": (0.0, 1.5), "end": (-0.3, 0.5),
}  # fmt: skip
SETTINGS = {
    "scenario.arrivals.0.rate_per_s": RATE_PER_S,
    "scenario.arrivals.0.duration_s": LOAD_S,
    "scenario.service.threads": 32,
    "scenario.slo.warmup_s": 0,
}


@dataclass(frozen=True, slots=True)
class Trial:
    """Which part is killed, and when: after the `nth` event of that kind, and `delay_s` later."""

    number: int
    part: str
    moment: str
    nth: int
    delay_s: float

    @property
    def arguments(self) -> list[str]:
        """Those of `surgeline`. A service of one process has no worker."""
        given = {**SETTINGS, "scenario.service.processes": 2 if self.part == "worker" else 1}
        settings = [word for key, value in given.items() for word in ("--set", f"{key}={value}")]
        return ["run", "baseline", "-p", "careful", *settings]


@dataclass(frozen=True, slots=True)
class Result:
    """What a trial showed. `killed` is false where the moment never came; `age_s` is the oldest missing call's.

    `allowed_s` is how old it might be: a second in which each process of the run could have run.
    """

    trial: Trial
    killed: bool
    exit_code: int
    problems: tuple[str, ...]
    age_s: float
    allowed_s: float
    gone_s: float
    cpu_s: float


def drawn(seed: int, number: int) -> Trial:
    """The trial with this number; the same for the same seed."""
    rng = random.Random(f"{seed}.{number}")  # noqa: S311 - not a secret
    (part,) = rng.choices(PARTS, SHARES)
    (moment,) = rng.choices(MOMENTS, MOMENT_SHARES)
    # The others have ended when the command writes the end of the record.
    renames = 10 if part == "command" else 2
    nth = rng.randint(1, {"write": 8, "rename": renames}.get(moment, 1))
    low_s, high_s = DELAYS_S[moment]
    return Trial(number, part, moment, nth, rng.uniform(low_s, high_s))


def tried(trial: Trial) -> Result:
    """Makes the trial in this process, which adopts whatever the run leaves behind."""
    adopt_orphans()
    # Not a TemporaryDirectory: it would be removed at the end of the fork, too.
    folder = Path(tempfile.mkdtemp(prefix="endurance-"))
    (folder / "runs" / "targets").mkdir(parents=True)
    reader = start_prometheus(folder) if trial.part == "prometheus" else None
    run = KilledRun(trial.part, start(trial.arguments, folder), reader)
    try:
        with sampled_waits(run.command) as waits:
            return _judged(trial, folder, run, waits)
    finally:
        kill_all()
        shutil.rmtree(folder, ignore_errors=True)


def _judged(trial: Trial, folder: Path, run: KilledRun, waits: ProcessorWaits) -> Result:
    sockets, killed_s = set[str](), 0.0
    with suppress(TimeoutError, ProcessLookupError, psutil.NoSuchProcess):
        _reach(trial, run, folder / "runs")
        target, sockets = run.target(), run.sockets()
        if target is not None:
            os.kill(target, signal.SIGKILL)
            killed_s = time.monotonic()
    code, ended_s = run.ended(), time.monotonic()
    found = [f"the command did not end in {PATIENCE_S:.0f} s"] if code is None else []
    left = processes_left()
    gone_s = time.monotonic() - (killed_s if trial.part == "command" and killed_s else ended_s)
    found += [f"is left after {ORPHANS_S:.0f} s: {' '.join(each.cmdline())[:200]}" for each in left]
    found += [f"port {port} is still listened on" for port in ports_left(sockets)]
    printed = (folder / "printed").read_text(errors="replace")
    found += _unforeseen(trial, bool(killed_s), code, printed)
    age_s = allowed_s = 0.0
    if killed_s:
        allowed_s = waits.age_s(killed_s, WITHIN_S)
        lost, age_s = problems(folder / "runs", Killed(trial.part, killed_s, allowed_s), code or 0)
        found += lost
    if found:
        found.append(printed[-600:])
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu_s = sum(each.ru_utime + each.ru_stime for each in spent)
    return Result(trial, bool(killed_s), code or 0, tuple(found), age_s, allowed_s, gone_s, cpu_s)


def _unforeseen(trial: Trial, killed: bool, code: int | None, printed: str) -> list[str]:
    """What is wrong with how the command ended."""
    expected = (-signal.SIGKILL,) if killed and trial.part == "command" else (0, 1, 2, 3)
    found = [f"exit code {code}"] if code is not None and code not in expected else []
    return found + [f"{word} in what it printed" for word in ("Traceback", "unexpectedly") if word in printed]


def _reach(trial: Trial, run: KilledRun, runs: Path) -> None:
    """Returns at the trial's moment. Raises TimeoutError when it does not come before the command ends."""
    match trial.moment:
        case "start":
            _until(run.target, run)
        case "load":
            _until(lambda: any(path.stat().st_size for path in runs.glob("*/calls.arrows")), run)
        case "end":
            path = _until(lambda: next(runs.glob("[!.]*/run.json"), None), run)
            assert path is not None
            end_s = open_run(path.parent).run.epoch_s + LOAD_S + trial.delay_s
            _until(lambda: time.monotonic() > end_s, run)
        case _:
            _event(trial, run, runs)
    if trial.moment != "end":
        time.sleep(trial.delay_s)


def _event(trial: Trial, run: KilledRun, runs: Path) -> None:
    """Returns after the nth write to a table, or the nth rename of a file or folder of a run."""
    watch, left = FolderWatch(), trial.nth
    wanted = MODIFY if trial.moment == "write" else MOVED_TO
    watch.add(runs)
    watch.add(runs / "targets")
    until_s = time.monotonic() + PATIENCE_S
    try:
        while time.monotonic() < until_s and run.runs():
            for kind, path in watch.wait(0.2):
                if path.parent == runs and kind & (MOVED_TO | CREATE):
                    with suppress(FileNotFoundError):  # A draft that has got its name meanwhile.
                        watch.add(path)
                left -= bool(kind & wanted)
                if left == 0:
                    return
    finally:
        watch.close()
    raise TimeoutError


def _until(look: Callable[[], Found], run: KilledRun) -> Found:
    until_s = time.monotonic() + PATIENCE_S
    while not (found := look()):
        if time.monotonic() > until_s or not run.runs():
            raise TimeoutError
        time.sleep(0.01)
    return found
