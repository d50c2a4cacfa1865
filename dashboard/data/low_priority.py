"""Work that a page does not wait for: a Python function in a process of the lowest priority, and its output.

The process ends by itself after some processor time, and with the dashboard that started it.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from dashboard.launch import RUNS

MOST_CPU_S, LOWEST_PRIORITY = 180, 19
LOOK_S = 1.0
_PROGRAM = "from dashboard.data.low_priority import begin; begin({}); from {} import main; main()"


class LowPriorityProcess:
    """`main` of a module, started at once with these arguments and `given` as its standard input.

    `runs` is the folder of runs that it works with.
    """

    def __init__(self, module: str, runs: Path, arguments: Sequence[str] = (), given: str = "") -> None:
        self._files: tuple[IO[bytes], ...] = tuple(TemporaryFile() for _ in range(3))  # noqa: SIM115 - `stop` closes them
        self._texts: tuple[str, str] | None = None
        self._files[0].write(given.encode())
        self._files[0].seek(0)
        self._process = subprocess.Popen(  # noqa: S603 - our own program, no shell
            [sys.executable, "-P", "-c", _PROGRAM.format(os.getpid(), module), *arguments],
            stdin=self._files[0],
            stdout=self._files[1],
            stderr=self._files[2],
            env={**os.environ, RUNS: str(runs.resolve())},
        )

    def wait(self, timeout_s: float) -> None:
        """Waits until it has ended. Raises subprocess.TimeoutExpired."""
        self._process.wait(timeout_s)

    @property
    def output(self) -> str | None:
        """What it printed; None while it works, and where it failed."""
        found = self._ended()
        return found[0] if found is not None and self._process.returncode == 0 else None

    @property
    def failure(self) -> str | None:
        """Where it failed, its last line of error; None while it works, and where it did not fail."""
        found = self._ended()
        if found is None or self._process.returncode == 0:
            return None
        lines = [line for line in found[1].splitlines() if line.strip()]
        return lines[-1] if lines else f"needs more than {MOST_CPU_S} s of processor time, and was ended"

    def stop(self) -> None:
        """Ends it, if it still works."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        for file in self._files:
            file.close()

    def _ended(self) -> tuple[str, str] | None:
        if self._texts is None and self._process.poll() is not None:
            texts = []
            for file in self._files[1:]:
                file.seek(0)
                texts.append(file.read().decode(errors="replace"))
            self._texts = (texts[0], texts[1])
            self.stop()
        return self._texts


def begin(parent: int) -> None:
    """What the process does first: it takes the lowest priority, limits its time, and watches its parent."""
    threading.Thread(target=_end_after, args=(parent,), daemon=True).start()
    os.nice(LOWEST_PRIORITY)
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU_S, MOST_CPU_S))


def _end_after(parent: int) -> None:
    """Ends this process once that one is no longer its parent."""
    while os.getppid() == parent:
        time.sleep(LOOK_S)
    os._exit(1)
