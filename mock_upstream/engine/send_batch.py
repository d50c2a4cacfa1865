"""Whole answers on their way out: they leave together, at the end of the loop's turn.

Each answer alone would wake the client's sleeping core, which costs as much as all the rest of sending it.
Back to back, the first wakes it for all of them: a fifth less for each request under load, and a few
microseconds more for one that comes alone.
"""

import asyncio
from typing import Any, Protocol


class Sender(Protocol):
    """The connection that a response goes to."""

    @property
    def exchange(self) -> Any:
        """The exchange that is under way on it, None when it has ended."""

    def send(self, exchange: Any, data: bytes, keep_alive: bool) -> None:
        """Sends a whole response."""


PendingResponse = tuple[Sender, Any, bytes, bool]
"""Where it goes, what it ends, its bytes, and whether the connection stays."""


class SendBatch:
    """The answers of one loop's turn."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._replies: list[PendingResponse] = []

    def put(self, reply: PendingResponse) -> None:
        """Send it when the loop has heard everybody it has now heard of."""
        if not self._replies:
            self._loop.call_soon(self.flush)
        self._replies.append(reply)

    def flush(self) -> None:
        """Send what there is; nobody else has anything to add."""
        replies, self._replies = self._replies, []
        for connection, exchange, data, keep_alive in replies:
            if connection.exchange is exchange:  # else its client has left, or the line was cut
                connection.send(exchange, data, keep_alive)
