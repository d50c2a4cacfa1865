"""Runs started from a page: processes of their own that outlive the browser and the server.

Each leaves a note and its output in `.started/` inside the runs folder, where no run is looked for.
"""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil

from dashboard.data import job_queue
from dashboard.launch import RUNS
from harness.lab.settings import JOB
from harness.model.atomic import write_text
from mock_upstream.config.regular_file import UnreadableFileError, read_file
from mock_upstream.config.syntax import SyntaxProblem, parse_json

NOTES = ".started"
TAIL_BYTES = 4000


@dataclass(frozen=True, slots=True)
class BackgroundJob:
    """A command that was started: who it is on this machine, and where its output goes.

    `verb` is the command's own name, such as "run", and `about` the range or run that it works on, if it was told one.
    """

    command: str
    pid: int
    born_s: float
    started_at: str
    output: str
    verb: str = ""
    about: str = ""

    @property
    def name(self) -> str:
        """Its name among the jobs, which the runs that it makes keep."""
        return Path(self.output).stem

    @property
    def running(self) -> bool:
        """Whether the very same process is still at work."""
        return self._process() is not None

    @property
    def output_tail(self) -> list[str]:
        """The last lines of its output."""
        path = Path(self.output)
        if not path.exists():
            return []
        with path.open("rb") as output:
            output.seek(max(0, path.stat().st_size - TAIL_BYTES))
            text = output.read().decode(errors="replace")
        return [line for line in text.splitlines() if line.strip()]

    def cancel(self) -> None:
        """Asks it to stop, by SIGTERM: what was recorded is kept and closed as interrupted."""
        if (process := self._process()) is not None:
            process.send_signal(signal.SIGTERM)

    def _process(self) -> psutil.Process | None:
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.born_s) < 1.0
            return process if same and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.Error:
            return None


def start_job(arguments: Sequence[str], root: Path, about: str = "") -> BackgroundJob:
    """Starts `surgeline ARGUMENTS` over the runs in `root`, detached from this process, and notes it.

    It waits until every command that was started here before it has ended.
    `about` names the range or run that the command works on.
    """
    folder = root / NOTES
    folder.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC)
    output = folder / f"{now:%Y%m%d-%H%M%S-%f}.log"
    line = [sys.executable, "-P", "-c", "from dashboard.data.job_queue import main; main()", *arguments]
    with output.open("wb") as sink:
        job_queue.hold(sink)
        process = subprocess.Popen(  # noqa: S603 - our own program, no shell
            line,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            env={
                **os.environ,
                RUNS: str(root.resolve()),
                JOB: output.stem,
                job_queue.TURN: str(output.resolve()),
            },
            start_new_session=True,
        )
    made = BackgroundJob(
        command=shlex.join(["surgeline", *arguments]),
        pid=process.pid,
        born_s=psutil.Process(process.pid).create_time(),
        started_at=now.isoformat(),
        output=str(output),
        verb=arguments[0],
        about=about,
    )
    write_text(output.with_suffix(".json"), json.dumps(asdict(made)))
    return made


def background_jobs(root: Path, verb: str = "", about: str = "") -> list[BackgroundJob]:
    """What was started here, newest first, of one `verb` and `about` one thing where they are given.

    A note that can't be read is left out.
    """
    found = []
    for note in sorted((root / NOTES).glob("*.json"), reverse=True):
        try:
            job = BackgroundJob(**parse_json(read_file(note)))  # type: ignore[arg-type]
        except (SyntaxProblem, UnreadableFileError, TypeError):
            continue
        if verb in ("", job.verb) and about in ("", job.about):
            found.append(job)
    return found


def waits_for(one: BackgroundJob, root: Path) -> list[BackgroundJob]:
    """The commands that were started before this one and still run, oldest first; empty where it is its turn."""
    return [job for job in reversed(background_jobs(root)) if job.name < one.name and job.running]
