"""Whole responses that are sent together, at the end of one iteration of the event loop.

A single send wakes the client's idle core, which costs as much as the rest of the send. In a batch the first
send wakes it for all: a fifth less CPU time for each request under load, and a few microseconds more latency
for a request that comes alone.
"""

import asyncio
from typing import Any, Protocol


class Sender(Protocol):
    """The connection that a response goes to."""

    @property
    def exchange(self) -> Any:
        """The exchange in progress on it, None when it has ended."""

    def send(self, exchange: Any, data: bytes, keep_alive: bool) -> None:
        """Sends a whole response."""


PendingResponse = tuple[Sender, Any, bytes, bool]
"""The connection, the exchange that ends, the bytes, and whether the connection is kept."""


class SendBatch:
    """The responses of one iteration of the event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._replies: list[PendingResponse] = []

    def put(self, reply: PendingResponse) -> None:
        """Send it at the end of the current iteration of the loop."""
        if not self._replies:
            self._loop.call_soon(self.flush)
        self._replies.append(reply)

    def flush(self) -> None:
        """Send all pending responses now."""
        replies, self._replies = self._replies, []
        for connection, exchange, data, keep_alive in replies:
            if connection.exchange is exchange:  # otherwise the connection has ended
                connection.send(exchange, data, keep_alive)
