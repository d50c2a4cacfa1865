"""The journal of a live service: one line of JSON for each attempt, from which `surgeline learn` estimates an
upstream.

It holds times, routes, statuses and the kind of an error: no path with an id, no query, no header, no body. Each call
is one write to a file that is opened for appending, so several threads and forked processes share one journal, and a
crash costs at most the lines that are being written.
"""

from __future__ import annotations

import json
import logging
import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from fcntl import LOCK_EX, flock
from pathlib import Path

from harness.model.call import Attempt, Call
from harness.model.errors import ConfigError
from harness.model.journal import SCHEMA, JournalRow
from harness.observe.label_bounds import Bounded, route_template

MOST_BYTES, LEAST_BYTES = 100_000_000, 10_000
ROUTES_AT_MOST = 200

_log = logging.getLogger("surgeline")


class Journal:
    """The journal at `path`, of which `path`.1 is the older half; both together have at most about `most_bytes`.

    A `share` of the calls is kept, each with all of its attempts. Times are Unix seconds by the monotonic clock,
    which was set by the system's clock once: they have no steps. A journal that cannot be written any more says so
    once in the log `surgeline` and keeps nothing; calls go on. Raises ConfigError for a share, a size or a path that
    cannot be used.
    """

    def __init__(
        self,
        path: Path,
        service: str,
        share: float = 1.0,
        most_bytes: int = MOST_BYTES,
        draw: Callable[[], float] = random.random,
    ) -> None:
        if not 0 < share <= 1:
            raise ConfigError("export", "journal_share", f"is {share:g}; it must be above 0 and at most 1")
        if most_bytes < LEAST_BYTES:
            problem = f"is {most_bytes}; it must be at least {LEAST_BYTES:,}"
            raise ConfigError("export", "journal_bytes", problem)
        self._path, self._service, self._share, self._draw = path, service, share, draw
        self._most_bytes = most_bytes // 2
        self._unix_s = time.time() - time.monotonic()
        self._route = Bounded(ROUTES_AT_MOST, template_of)
        try:
            self._file: _Appended | None = _Appended(path)
        except OSError as error:
            problem = f"cannot be written: {error.strerror}; choose another path"
            raise ConfigError("export", f"journal {path}", problem) from None

    def call(self, call: Call) -> None:
        """Writes the attempts of one ended call, from any thread; their times are readings of the monotonic clock."""
        if self._share < 1 and self._draw() >= self._share:
            return
        file = self._file
        if file is None:
            return
        lines = "".join(json.dumps(row, separators=(",", ":")) + "\n" for row in self._rows(call))
        try:
            if file.append(lines.encode()) >= self._most_bytes:
                self._file = _turned(self._path, self._most_bytes)
        except OSError as error:
            self._file = None
            _log.warning(
                "The journal %s cannot be written and has ended: %s", self._path, error.strerror or error
            )

    def _rows(self, call: Call) -> Iterator[JournalRow]:
        route, process = self._route(call.route), os.getpid()
        for attempt in call.attempts:
            sent_s, answered_s = _on_the_wire(attempt)
            yield {
                "schema": SCHEMA,
                "service": self._service,
                "share": self._share,
                "process": process,
                "call": call.arrival,
                "attempt": attempt.number,
                "route": route,
                "host": attempt.host,
                "sent_s": round(self._unix_s + sent_s, 6),
                "answered_s": round(self._unix_s + answered_s, 6),
                "connect_s": round(attempt.connect_s, 6),
                "new_connection": attempt.new_connection,
                "status": attempt.status,
                "error": attempt.error,
            }


def template_of(route: str) -> str:
    """A route without its query, and with `{id}` for what looks like an id in its path; the method before it stays."""
    head, space, path = route.partition(" ")
    return head + space + route_template(path) if path.startswith("/") else route_template(route)


def _on_the_wire(attempt: Attempt) -> tuple[float, float]:
    """When the request had its open connection, and when the response's head came or the attempt failed."""
    got_s = attempt.started_s + attempt.pool_wait_s
    answered_s = got_s + attempt.first_byte_s
    return min(got_s + attempt.connect_s, answered_s), answered_s


class _Appended:
    """A file that is open for appending until nobody refers to it, as another thread may still be writing."""

    __slots__ = ("_descriptor",)

    def __init__(self, path: Path) -> None:
        self._descriptor = -1
        self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def __del__(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)

    def append(self, data: bytes) -> int:
        """Writes it at once, and returns how many bytes the file has now."""
        os.write(self._descriptor, data)
        return os.fstat(self._descriptor).st_size


def _turned(path: Path, most_bytes: int) -> _Appended:
    """A new file, after the full one became `path`.1; if another thread or process was first, the file that it made."""
    with suppress(FileNotFoundError), open(path, "rb") as full:  # Gone where another one is just turning it.
        flock(full, LOCK_EX)
        found = os.fstat(full.fileno())
        if found.st_size >= most_bytes and os.path.samestat(found, os.stat(path)):
            os.replace(path, path.with_name(path.name + ".1"))
    return _Appended(path)
