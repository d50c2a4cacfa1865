"""The processes of a run of which one is to be killed, and what is left of them afterwards."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.processor_waits import waited_s
from harness.lab.process_tree import descendants, wait_for_none
from surgeline import cli
from tests.conftest import needs
from tests.e2e.servers import free_port

PATIENCE_S, ORPHANS_S = 240.0, 10.0
SHIPPED = Path(__file__).parents[1] / "deploy" / "prometheus"


@dataclass(frozen=True, slots=True)
class KilledRun:
    """The processes of a trial's run: the command, by its id, and the Prometheus that scrapes it, if there is one."""

    part: str
    """Which of them is to be killed."""
    command: int
    reader: subprocess.Popen[bytes] | None

    def runs(self) -> bool:
        """Whether the command runs."""
        return psutil.Process(self.command).status() != psutil.STATUS_ZOMBIE

    def target(self) -> int | None:
        """The process to kill, if it is there now."""
        part = self.part
        if part in ("command", "prometheus"):
            process = self.command if self.reader is None else self.reader.pid
            return process if self.runs() else None
        for child in psutil.Process(self.command).children():
            with suppress(psutil.Error):
                if _part(child.cmdline()) == part:
                    return child.pid
        return None

    def ended(self) -> int | None:
        """The command's exit code, negative for a signal; None where it does not end in time. Ends the reader, too."""
        until_s, code = time.monotonic() + PATIENCE_S, None
        while code is None and time.monotonic() < until_s:
            pid, status = os.waitpid(self.command, os.WNOHANG)
            code = os.waitstatus_to_exitcode(status) if pid else None
            time.sleep(0.02)
        if self.reader is not None:
            self.reader.kill()
            self.reader.wait()
        return code

    def sockets(self) -> set[str]:
        """The sockets that the run's processes have open, by their inodes."""
        found, command = set[str](), psutil.Process(self.command)
        for process in [command, *command.children(recursive=True)]:
            with suppress(OSError):
                links = [os.readlink(link) for link in Path(f"/proc/{process.pid}/fd").iterdir()]
                found |= {link[8:-1] for link in links if link.startswith("socket:")}
        return found


def _part(words: list[str]) -> str:
    """Which part of a run a process is, by its command line."""
    if "harness.drive" in words:
        return "worker" if words[-1].isdigit() else "driver"
    return "upstream" if "mock_upstream" in words else ""


def start(arguments: list[str], folder: Path) -> int:
    """`surgeline …` in a fork of this process, which has its modules already; the id of that process.

    Its runs are in `folder`/runs, and what it prints in `folder`/printed.
    """
    child = os.fork()
    if child:
        return child
    code = 70
    try:
        os.setsid()
        out = os.open(folder / "printed", os.O_CREAT | os.O_WRONLY)
        os.dup2(out, 1)
        os.dup2(out, 2)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        (folder / "tmp").mkdir()
        os.environ |= {"SURGELINE_RUNS": str(folder / "runs"), "TMPDIR": str(folder / "tmp")}
        os.chdir(folder)
        sys.argv = ["surgeline", *arguments]
        cli.main()
    except SystemExit as left:
        code = int(left.code or 0)
    finally:
        with suppress(Exception):
            atexit._run_exitfuncs()
            sys.stdout.flush()
        os._exit(code)


def start_prometheus(folder: Path) -> subprocess.Popen[bytes]:
    """A Prometheus that scrapes whatever runs there."""
    (folder / "deploy").mkdir()
    shutil.copytree(SHIPPED, folder / "deploy" / "prometheus")
    port = free_port()
    return subprocess.Popen(
        [
            needs("prometheus", "prometheus"), f"--config.file={folder}/deploy/prometheus/prometheus.yml",
            f"--storage.tsdb.path={folder}/tsdb", f"--web.listen-address=127.0.0.1:{port}",
        ],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def processes_left() -> list[psutil.Process]:
    """Waits until no process is left; returns those that are left although they could have run for so long.

    The time for which the machine's other work kept a process from a processor does not count (proc(5), schedstat).
    """
    began_s, waited = time.monotonic(), {each.pid: waited_s(each.pid) for each in descendants()}
    while left := wait_for_none(0.1):
        passed_s = time.monotonic() - began_s
        late = [
            each for each in left if passed_s - waited_s(each.pid) + waited.get(each.pid, 0.0) > ORPHANS_S
        ]
        if late or passed_s > PATIENCE_S:
            return late or left
    return []


def ports_left(sockets: set[str]) -> list[int]:
    """The ports of these sockets on which connections are accepted after ORPHANS_S; none as soon as there are none.

    A process is a zombie from the end of its first thread on, and its sockets are closed when the last one has ended.
    """
    until_s = time.monotonic() + ORPHANS_S
    while open_ports := [port for inode, port in _listening().items() if inode in sockets]:
        if time.monotonic() > until_s:
            break
        time.sleep(0.1)
    return open_ports


def _listening() -> dict[str, int]:
    """Every listening TCP socket of the machine: its port, by its inode (proc(5))."""
    rows = [line.split() for line in Path("/proc/self/net/tcp").read_text().splitlines()[1:]]
    return {row[9]: int(row[1].rpartition(":")[2], 16) for row in rows if row[3] == "0A"}
