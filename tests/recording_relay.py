"""A relay between one client and a server that records what passes, and changes or adds bytes on the way."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

Change = Callable[[bytes], bytes]


class Relay:
    """Relays every connection to 127.0.0.1:`port`. `sent` and `returned` are the bytes of both directions."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.sent, self.returned = bytearray(), bytearray()
        self.change: Change = bytes
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def add(self, data: bytes) -> None:
        """Sends the server bytes of the test's own on the newest connection."""
        self._pairs[-1][1].sendall(data)

    def add_returned(self, data: bytes) -> None:
        """Sends the client bytes of the test's own on the newest connection."""
        self._pairs[-1][0].sendall(data)

    def cut(self) -> None:
        """Ends every connection."""
        for each in (end for pair in self._pairs for end in pair):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._port))
            except OSError:
                return
            self._pairs.append((near, far))
            for source, sink, record in ((near, far, self.sent), (far, near, self.returned)):
                threading.Thread(target=self._pass, args=(source, sink, record), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, record: bytearray) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                record += data
                sink.sendall(self.change(data) if record is self.sent else data)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)
