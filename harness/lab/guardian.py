"""The guardian of a service: a process that starts the service, and ends all of it whatever happens to the lab.

It reads one `StartService` from standard input, whose end is the request to stop, and it has no other work, so that
a defect of the lab or of the service does not end it. What the service prints is kept, the last lines of it.
"""

from __future__ import annotations

import os
import re
import selectors
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from time import monotonic

import psutil
from pydantic import BaseModel

from harness.lab.process_tree import (
    adopt_orphans,
    descendants,
    end_with_parent,
    kill_all,
    listening_ports,
    wait_for_none,
)
from harness.model.service_messages import (
    ServiceEnded,
    ServiceFailed,
    ServiceReady,
    ServiceStopped,
    StartService,
)
from harness.observe.direct_http import open_url

LOOK_S = 0.1
PROBE_S = 1.0
LINES_KEPT, LINE_BYTES = 40, 500
_EXCEPTION = re.compile(r"[\w.]*(Error|Exception|Exit)\b")
LAST_LINES_S, CHILDREN_S = 0.3, 1.0


class Guardian:
    """One service, from its start until nothing of it is left. `say` sends the reports."""

    def __init__(self, order: StartService) -> None:
        """Starts the command. Raises OSError when it cannot be started."""
        self._order, self._began_s = order, monotonic()
        self._process = subprocess.Popen(  # noqa: S603 - the user's own command
            order.command,
            cwd=order.folder,
            env={**os.environ, **order.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=end_with_parent,  # noqa: PLW1509 - this process has one thread
        )
        assert self._process.stdout is not None  # noqa: S101
        self._lines: deque[str] = deque(maxlen=LINES_KEPT)
        self._unfinished = b""
        self._output = self._process.stdout.fileno()
        os.set_blocking(self._output, False)
        self._exited = os.pidfd_open(self._process.pid)
        self._sources = selectors.DefaultSelector()
        for source in (sys.stdin.fileno(), self._output, self._exited):
            self._sources.register(source, selectors.EVENT_READ)
        self._asked_to_stop, self._ended = False, False

    def guard(self) -> None:
        """Reports the service ready or failed, then how it ended, and returns when nothing of it is left."""
        failed = self._until_ready()
        if failed is None and not self._asked_to_stop:
            say(ServiceReady(pid=self._process.pid, took_s=monotonic() - self._began_s))
            while not self._asked_to_stop and not self._ended:
                self._listen(None)
        ended = self._ending() if self._ended else None
        problems = self._stop()
        if failed is not None:
            say(failed.model_copy(update={"output": tuple(self._lines)}))
        elif ended is not None:
            say(ServiceEnded(detail=ended, output=tuple(self._lines)))
        say(ServiceStopped(problems=tuple(problems)))

    def _until_ready(self) -> ServiceFailed | None:
        """Returns None once the service responds, or has been asked to stop; else why it will not respond."""
        last = ""
        while not self._asked_to_stop:
            self._listen(LOOK_S)
            if self._ended:
                return ServiceFailed(key="command", problem=f"{self._ending()} before it was ready")
            if not (last := _probe(self._order)):
                return None
            if monotonic() - self._began_s > self._order.ready_s:
                return self._not_ready(last)
        return None

    def _not_ready(self, last: str) -> ServiceFailed:
        elsewhere = listening_ports(descendants())
        port = self._order.ready_url.partition("://")[2].partition("/")[0].rpartition(":")[2]
        if elsewhere and not any(address.endswith(f":{port}") for address in elsewhere):
            problem = f"listens on {', '.join(elsewhere)}, not on port {port}; use {{bind}} or {{port}} in it"
            return ServiceFailed(key="command", problem=problem)
        problem = f"did not respond with success within {self._order.ready_s:g} s: {last}"
        return ServiceFailed(key="ready", problem=problem)

    def _listen(self, timeout_s: float | None) -> None:
        """Waits for output, the command's end or the request to stop."""
        for key, _ in self._sources.select(timeout_s):
            if key.fd == self._output:
                self._read_output()
            elif key.fd == self._exited:
                self._ended = True
            elif not os.read(key.fd, 1 << 16):
                self._asked_to_stop = True

    def _read_output(self) -> None:
        try:
            read = os.read(self._output, 1 << 16)
        except BlockingIOError:
            return
        if not read:
            self._sources.unregister(self._output)
        *whole, self._unfinished = (self._unfinished + read).split(b"\n")
        self._unfinished = self._unfinished[-LINE_BYTES:]
        self._lines.extend(line[-LINE_BYTES:].decode(errors="replace") for line in whole if line.strip())

    def _ending(self) -> str:
        """How the command ended, with the last line that it printed."""
        until_s = monotonic() + LAST_LINES_S
        while monotonic() < until_s and self._output in self._sources.get_map():
            self._listen(0.02)
        code = self._process.wait()
        last = _telling_line(self._lines)
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        left = descendants()
        if code == 0 and left:
            return f"{how} and left {_named(left)} running; start it so that it stays in the foreground"
        return f"{how}: {last.strip()}"

    def _stop(self) -> list[str]:
        """Ends everything: SIGTERM to the group, SIGKILL to what remains. Returns what had to be forced."""
        problems = []
        if not self._ended:
            os.killpg(self._process.pid, signal.SIGTERM)
            until_s = monotonic() + self._order.grace_s
            while not self._ended and monotonic() < until_s:
                self._listen(LOOK_S)
            if not self._ended:
                problem = (
                    f"The service ignored SIGTERM for {self._order.grace_s:g} s and was ended by SIGKILL."
                )
                problems.append(problem)
        if not problems and (left := wait_for_none(CHILDREN_S)):
            problems.append(f"The service left {_named(left)} running, which had to be ended by SIGKILL.")
        kill_all()
        return problems


def say(report: BaseModel) -> None:
    """Sends one report; nothing happens when the lab is gone."""
    with suppress(OSError):
        os.write(sys.stdout.fileno(), report.model_dump_json().encode() + b"\n")


def main() -> None:
    """Guards the service that the first line of standard input describes."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # Only the end of its input stops it. The service would inherit a signal that is ignored, but no handler.
        signal.signal(number, lambda *_: None)
    adopt_orphans()
    line = _first_line()
    if not line:
        return
    order = StartService.model_validate_json(line)
    try:
        guardian = Guardian(order)
    except OSError as error:
        key = "folder" if error.filename == order.folder else "command"
        problem = f"cannot be started: {error.filename or order.command[0]}: {error.strerror}"
        say(ServiceFailed.model_validate({"key": key, "problem": problem}))
        say(ServiceStopped())
        return
    guardian.guard()


def _first_line() -> bytes:
    """Reads without a buffer, which would hide from the selector what comes after the line."""
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(sys.stdin.fileno(), 1)
        if not byte:
            return b""
        line += byte
    return line


def _probe(order: StartService) -> str:
    """Empty when the service responds with success, else what it did instead."""
    url = order.ready_url
    try:
        request = urllib.request.Request(url, headers=order.ready_headers)  # noqa: S310 - loopback
        with open_url(request, PROBE_S) as response:
            response.read(1 << 16)
            return ""
    except urllib.error.HTTPError as error:
        return f"{url} responds with status {error.code}"
    except (OSError, ValueError) as error:
        return f"{url}: {getattr(error, 'reason', error)}"


def _telling_line(lines: Iterable[str]) -> str:
    """The last line that names an exception, else the last one."""
    lines = list(lines)
    errors = [line for line in lines if _EXCEPTION.match(line)]
    return (errors or lines or ["it printed nothing"])[-1]


def _named(processes: Sequence[psutil.Process]) -> str:
    """The processes by name and number, three at most."""
    found = [f"{_name(process)} ({process.pid})" for process in processes[:3]]
    more = f" and {len(processes) - 3} more" if len(processes) > 3 else ""
    return ", ".join(found) + more


def _name(process: psutil.Process) -> str:
    try:
        return str(process.name())
    except psutil.Error:
        return "a process"


if __name__ == "__main__":
    main()
