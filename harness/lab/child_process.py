"""A child process that exchanges lines of JSON and ends with its parent."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType
from typing import IO

from harness.observe.direct_http import bypassing_loopback

GRACE_S = 5.0


class ChildProcess:
    """`python -m module …` with pipes for its lines; the end of its input is the request to stop.

    It runs in a session of its own, so that Ctrl-C reaches the parent alone, which then stops it in order. The
    environment's proxies do not carry its requests to loopback.
    """

    def __init__(
        self, module: str, arguments: Sequence[str] = (), variables: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self.name = module
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the child
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-P", "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            start_new_session=True,
            env={**bypassing_loopback(os.environ), **variables},
        )
        self._lines: queue.Queue[bytes | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative when a signal ended it."""
        return self._process.poll()

    def send(self, line: str) -> None:
        """Sends one line; nothing happens when the child has ended."""
        assert self._process.stdin is not None  # noqa: S101
        with suppress(BrokenPipeError, ValueError):
            self._process.stdin.write(line.encode() + b"\n")
            self._process.stdin.flush()

    def receive(self, timeout_s: float) -> bytes | None:
        """The next line, or None when none came in time or the child has ended."""
        try:
            line = self._lines.get(timeout=timeout_s)
        except queue.Empty:
            return None
        if line is None:  # The end of its output: it is about to have an exit code.
            self._lines.put(None)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(1.0)
        return line

    def stop(self, grace_s: float = GRACE_S) -> None:
        """Ends its input, then terminates it, then kills it."""
        assert self._process.stdin is not None  # noqa: S101
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        for sign in (None, signal.SIGTERM, signal.SIGKILL):
            if sign is not None:
                self._process.send_signal(sign)
            try:
                self._process.wait(grace_s)
                return
            except subprocess.TimeoutExpired:
                continue

    def stderr_text(self) -> str:
        """What it wrote to standard error."""
        self._errors.seek(0)
        return self._errors.read().decode(errors="replace").strip()

    def exit_reason(self) -> str:
        """How it ended, as text."""
        code = self.exit_code
        if code is not None and code < 0:
            return f"was ended by {signal.Signals(-code).name}"
        last = self.stderr_text().splitlines()[-1:] or ["it printed no error"]
        return f"ended with code {code}: {last[0]}"

    def _read(self) -> None:
        assert self._process.stdout is not None  # noqa: S101
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put(None)
