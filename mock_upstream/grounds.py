"""A region's doors, connections and workers, for the faults that hit them as a whole."""

import asyncio
from collections.abc import Sequence

from mock_upstream.listener import Listener
from mock_upstream.service import Service


class RegionGrounds:
    """What `faults.grounds.Grounds` promises, done to one region."""

    def __init__(
        self, service: Service, listeners: Sequence[Listener], loop: asyncio.AbstractEventLoop
    ) -> None:
        self._service = service
        self._listeners = listeners
        self._loop = loop

    def shut(self) -> None:
        """Refuse new connections."""
        for listener in self._listeners:
            listener.shut()

    def stuff(self) -> None:
        """Accept no new connection, and refuse none."""
        for listener in self._listeners:
            listener.stuff()

    def reopen(self) -> None:
        """Accept connections again."""
        for listener in self._listeners:
            listener.reopen()

    def drop(self, label: str) -> None:
        """Reset every open connection; the ledger tells `label` for what was under way."""
        for connection in list(self._service.connections):
            connection.drop(label)

    def pause(self) -> None:
        """Let the workers rest."""
        self._service.pool.pause(self._loop.time())

    def resume(self) -> None:
        """Let the workers go on."""
        self._service.pool.resume(self._loop.time())
