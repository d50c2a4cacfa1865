"""Sends what a process of the service has seen to the run's writer, over loopback, from a thread of its own.

A handler only appends to a queue: its thread encodes nothing and waits for nothing. What is sent is lines of JSON, and
the first one identifies the process by the run's token. A writer that is gone costs the service nothing.
"""

from __future__ import annotations

import atexit
import json
import os
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import fields
from operator import attrgetter

from harness.model.call import Attempt
from harness.session.service.inbound import InboundCall

EVERY_S, SAMPLE_S, CONNECT_S = 0.05, 0.2, 2.0
MOST_WAITING = 50_000
"""Messages kept for a writer that does not read; more are dropped."""
columns_of = attrgetter(*(field.name for field in fields(Attempt)))
Message = tuple[object, ...]
Sample = Callable[[], Iterable[Message]]


class Reporter:
    """One per process; a forked child has a queue, a thread and a connection of its own.

    `sample` returns messages about the present state, and is asked five times a second. `on_order` gets what the writer
    sends, in a thread of its own. Safe for several threads.
    """

    def __init__(self, address: str, token: str) -> None:
        self._address, self._token = address, token
        self.sample: Sample = tuple
        self.on_order: Callable[[Message], object] = lambda _: None
        self._begin()
        os.register_at_fork(after_in_child=self._begin)
        atexit.register(self.flush)

    def inbound(self, call: InboundCall) -> None:
        """An inbound call has ended."""
        self._add(call)

    def unattributed(self, attempts: Sequence[Attempt]) -> None:
        """Attempts that belong to no inbound call have ended."""
        self._add(("alone", [columns_of(attempt) for attempt in attempts]))

    def note(self, name: str, detail: str) -> None:
        """Something that the record must have as an event."""
        self._add(("note", name, detail))

    def acknowledge(self, number: str, problem: str) -> None:
        """A lever has been applied, or could not be."""
        self._add(("pulled", number, problem))

    def flush(self) -> None:
        """Sends what waits, in the calling thread."""
        with self._sending:
            waiting = [_message(self._waiting.popleft()) for _ in range(len(self._waiting))]
            if waiting:
                self._send(waiting)

    def _begin(self) -> None:
        self._waiting: deque[InboundCall | Message] = deque(maxlen=MOST_WAITING)
        self._sending = threading.Lock()
        self._thread: threading.Thread | None = None
        self._connection: socket.socket | None = None
        self._gone = False

    def _add(self, message: InboundCall | Message) -> None:
        if self._gone:
            return
        self._waiting.append(message)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="surgeline-reporter", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        next_s = 0.0
        while not self._gone:
            time.sleep(EVERY_S)
            if time.monotonic() >= next_s:
                next_s = time.monotonic() + SAMPLE_S
                self._waiting.extend(self.sample())
            self.flush()

    def _send(self, messages: Iterable[Message]) -> None:
        try:
            if self._connection is None:
                self._connection = self._connect()
                threading.Thread(target=self._hear, args=(self._connection,), daemon=True).start()
            self._connection.sendall(b"".join(json.dumps(each).encode() + b"\n" for each in messages))
        except OSError:
            self._gone = True
            with suppress(OSError, AttributeError):
                self._connection.close()  # type: ignore[union-attr]

    def _hear(self, connection: socket.socket) -> None:
        with suppress(OSError), connection.makefile("rb") as lines:
            for line in lines:
                self.on_order(tuple(json.loads(line)))

    def _connect(self) -> socket.socket:
        host, _, port = self._address.rpartition(":")
        connection = socket.create_connection((host, int(port)), CONNECT_S)
        connection.settimeout(None)
        connection.sendall(json.dumps(("hello", self._token, os.getpid())).encode() + b"\n")
        return connection


def _message(waiting: InboundCall | Message) -> Message:
    if not isinstance(waiting, InboundCall):
        return waiting
    attempts = [columns_of(attempt) for attempt in waiting.attempts]
    return (
        "call", waiting.arrival, waiting.step, waiting.started_s, waiting.ended_s, waiting.error, attempts,
    )  # fmt: skip
