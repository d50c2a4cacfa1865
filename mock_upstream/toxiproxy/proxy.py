"""A proxy: a listening address, an upstream address, and the toxics between them."""

import asyncio
from collections.abc import Callable
from typing import Any

from mock_upstream.net.listener import Listener
from mock_upstream.toxiproxy.link import Link
from mock_upstream.toxiproxy.toxics import Toxic


class Proxy:
    """One proxy. Its methods are called on the data plane's loop.

    `own` is the listener of the region that the proxy represents, with `drop` to reset its open connections.
    """

    def __init__(
        self,
        name: str,
        upstream: tuple[str, int],
        seed: int,
        loop: asyncio.AbstractEventLoop,
        own: Listener | None = None,
        drop: Callable[[], None] = lambda: None,
    ) -> None:
        self.name = name
        self.upstream = upstream
        self.seed = seed
        self.enabled = False
        self.toxics: list[Toxic] = []
        self.own = own is not None
        self._loop = loop
        self._listener = own or Listener(loop, self.accept)
        self._drop = drop
        self._links: set[Link] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._number = 0

    @property
    def listen(self) -> str:
        """The listening address, as host:port."""
        return f"{self._listener.host}:{self._listener.port}"

    async def open(self, host: str, port: int) -> None:
        """Begin to listen; OSError when the address is taken."""
        await self._listener.open(host, port)
        self.enabled = True

    def enable(self, enabled: bool) -> None:
        """Listen again on the same address; or stop, and reset open connections."""
        if enabled == self.enabled:
            return
        self.enabled = enabled
        if enabled:
            self._listener.reopen()
        else:
            self._listener.stop_listening()
            self._drop()
            self.hang_up()

    def close(self) -> None:
        """Stop permanently and release the port."""
        self._listener.close()
        self.hang_up()

    def hang_up(self) -> None:
        """Close every link."""
        for link in list(self._links):
            link.close()

    def add(self, toxic: Toxic) -> None:
        """Add a toxic, also to open links."""
        self.toxics = [*self.toxics, toxic]
        for link in list(self._links):
            link.added(toxic)

    def replace(self, old: Toxic, new: Toxic) -> None:
        """Replace a toxic in its position."""
        self.toxics = [new if each is old else each for each in self.toxics]
        for link in list(self._links):
            link.added(new)

    def remove(self, toxic: Toxic) -> None:
        """Remove a toxic."""
        self.toxics = [each for each in self.toxics if each is not toxic]
        for link in list(self._links):
            link.removed(toxic)

    def accept(self) -> asyncio.Protocol:
        """Return the protocol for a client's connection."""
        reader = asyncio.StreamReader(loop=self._loop)
        return asyncio.StreamReaderProtocol(reader, self._connected, loop=self._loop)

    def as_json(self) -> dict[str, Any]:
        """Return it as Toxiproxy's JSON."""
        return {
            "name": self.name,
            "listen": self.listen,
            "upstream": f"{self.upstream[0]}:{self.upstream[1]}",
            "enabled": self.enabled,
            "toxics": [toxic.as_json() for toxic in self.toxics],
        }

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._number += 1
        task = self._loop.create_task(self._carry(Link(self, self._number), reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry(self, link: Link, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            upstream = await asyncio.open_connection(*self.upstream)
        except OSError:
            writer.close()
            return
        self._links.add(link)
        try:
            await link.run((reader, writer), upstream)
        finally:
            self._links.discard(link)
