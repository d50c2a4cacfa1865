"""A region's sockets, connections and workers, for the faults that affect them as a whole."""

import asyncio
from collections.abc import Sequence

from mock_upstream.engine.region import Region
from mock_upstream.net.listener import Listener


class RegionHandle:
    """`faults.region_control.RegionControl` for one region."""

    def __init__(
        self, region: Region, listeners: Sequence[Listener], loop: asyncio.AbstractEventLoop
    ) -> None:
        self._region = region
        self._listeners = listeners
        self._loop = loop

    def stop_listening(self) -> None:
        """Refuse new connections."""
        for listener in self._listeners:
            listener.stop_listening()

    def saturate_backlog(self) -> None:
        """Accept no new connection, and refuse none."""
        for listener in self._listeners:
            listener.saturate_backlog()

    def reopen(self) -> None:
        """Accept connections again."""
        for listener in self._listeners:
            listener.reopen()

    def drop(self, label: str) -> None:
        """Reset every open connection; the ledger has `label` for the exchanges in progress."""
        for connection in list(self._region.connections):
            connection.drop(label)

    def pause(self) -> None:
        """Stop the workers."""
        self._region.pool.pause(self._loop.time())

    def resume(self) -> None:
        """Let the workers continue."""
        self._region.pool.resume(self._loop.time())
