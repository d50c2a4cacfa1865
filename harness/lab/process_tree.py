"""All processes below this one, also those that have left their group: found, and ended in a bounded time.

This process adopts the orphans among them (PR_SET_CHILD_SUBREAPER), so that none is lost when its parent ends.
"""

from __future__ import annotations

import ctypes
import os
import signal
from contextlib import suppress
from time import monotonic, sleep

import psutil

_SET_PDEATHSIG, _SET_CHILD_SUBREAPER = 1, 36
"""Of prctl(2)."""
LOOK_S = 0.05
KILLED_S = 2.0


def adopt_orphans() -> None:
    """From now on, a process below this one whose parent ends becomes this one's child."""
    ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_with_parent() -> None:
    """This process, and the program that it becomes, get SIGTERM when the parent ends in any way."""
    ctypes.CDLL(None).prctl(_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def descendants() -> list[psutil.Process]:
    """The processes below this one that have not ended."""
    found = psutil.Process().children(recursive=True)
    return [process for process in found if _runs(process)]


def wait_for_none(at_most_s: float) -> list[psutil.Process]:
    """Waits until no process is left below this one, for a bounded time; returns those that are."""
    until_s = monotonic() + at_most_s
    while (left := descendants()) and monotonic() < until_s:
        _reap()
        sleep(LOOK_S)
    _reap()
    return left


def kill_all() -> None:
    """Ends every process below this one, also those that they start meanwhile."""
    until_s = monotonic() + KILLED_S
    while (left := descendants()) and monotonic() < until_s:
        for process in left:
            with suppress(psutil.Error):
                process.kill()
        _reap()
        sleep(LOOK_S)
    _reap()


def listening_ports(processes: list[psutil.Process]) -> list[str]:
    """The addresses, as HOST:PORT, on which any of these processes accepts TCP connections."""
    found = set[str]()
    for process in processes:
        with suppress(psutil.Error):
            for each in process.net_connections(kind="tcp"):
                if each.status == psutil.CONN_LISTEN and each.laddr:
                    found.add(f"{each.laddr.ip}:{each.laddr.port}")
    return sorted(found)


def _runs(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def _reap() -> None:
    """Takes the exit codes of adopted processes that have ended."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
