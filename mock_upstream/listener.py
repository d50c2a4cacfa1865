"""A region's doors: listening sockets that can be shut, stuffed and opened again on the same port."""

import asyncio
import contextlib
import socket
from collections.abc import Callable

from mock_upstream.handshake import Handshake
from mock_upstream.wire import Connection

_BACKLOG = 4096
_FILL = 3


class Listener:
    """One listening address of a region; behind `handshake` it speaks TLS."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        factory: Callable[[], Connection],
        handshake: Handshake | None = None,
    ) -> None:
        self._loop = loop
        self._factory = factory
        self._handshake = handshake
        self._server: asyncio.Server | None = None
        self._accepting: asyncio.Task[None] | None = None
        self._stuffing: list[socket.socket] = []
        self._family = socket.AF_INET
        self.host, self.port = "", 0

    async def open(self, host: str, port: int) -> None:
        """Listen on the address, or on any free port for 0; OSError when it is taken."""
        found = await self._loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        self._family, address = socket.AddressFamily(found[0][0]), found[0][4]
        sock = self._bound(str(address[0]), int(address[1]))
        self.host, self.port = sock.getsockname()[:2]
        await self._serve(sock)

    async def reopen(self) -> None:
        """Listen again on the same address; nothing happens when it does."""
        if self._server is None and self._accepting is None:
            self._unstuff()
            await self._serve(self._bound(self.host, self.port))

    def shut(self) -> None:
        """Listen no more: who connects is refused. Connections that are open stay."""
        self._unstuff()
        if self._server is not None:
            self._server.close()
            self._server = None
        if self._accepting is not None:
            self._accepting.cancel()
            self._accepting = None

    def stuff(self) -> None:
        """Listen with a queue that is full: who connects hears nothing (Linux drops the SYN)."""
        self.shut()
        door = self._bound(self.host, self.port)
        door.listen(0)
        self._stuffing = [door]
        for _ in range(_FILL):
            filler = socket.socket(self._family, socket.SOCK_STREAM)
            filler.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                filler.connect((self.host, self.port))
            self._stuffing.append(filler)

    def _unstuff(self) -> None:
        for sock in self._stuffing:
            sock.close()
        self._stuffing = []

    def _bound(self, host: str, port: int) -> socket.socket:
        sock = socket.socket(self._family, socket.SOCK_STREAM)
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.setblocking(False)
            sock.bind((host, port))
        except OSError:
            sock.close()
            raise
        return sock

    async def _serve(self, sock: socket.socket) -> None:
        if self._handshake is None:
            self._server = await self._loop.create_server(self._factory, sock=sock, backlog=_BACKLOG)
        else:
            sock.listen(_BACKLOG)
            self._accepting = self._loop.create_task(self._accept(sock, self._handshake))

    async def _accept(self, sock: socket.socket, handshake: Handshake) -> None:
        """Accept by hand, so that a fault can come before, in, or in place of the handshake."""
        welcomes: set[asyncio.Task[None]] = set()
        with sock:
            while True:
                try:
                    client, _ = await self._loop.sock_accept(sock)
                except OSError:  # out of descriptors: let some connections end first
                    await asyncio.sleep(0.05)
                    continue
                welcome = self._loop.create_task(handshake.welcome(client, self._factory))
                welcomes.add(welcome)
                welcome.add_done_callback(welcomes.discard)
