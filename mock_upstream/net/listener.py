"""A region's sockets: listening sockets that can be shut, stuffed and opened again on the same port."""

import asyncio
import contextlib
import socket
from collections.abc import Callable

from mock_upstream.net.tls_handshake import TlsHandshake

_BACKLOG = 4096
_FILL = 3
_AT_ONCE = 16


class Listener:
    """One listening address of a region; behind `handshake` it speaks TLS."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        factory: Callable[[], asyncio.Protocol],
        handshake: TlsHandshake | None = None,
    ) -> None:
        self._loop = loop
        self._factory = factory
        self._handshake = handshake
        self._server: asyncio.Server | None = None
        self._serving = False
        self._door: socket.socket | None = None
        """The bound socket: it keeps the port ours even while nobody listens on it."""
        self._fillers: list[socket.socket] = []
        self._welcomes: set[asyncio.Task[None]] = set()
        self._opening: asyncio.Task[None] | None = None
        self._family = socket.AF_INET
        self.host, self.port = "", 0

    async def open(self, host: str, port: int) -> None:
        """Listen on the address, or on any free port for 0; OSError when it is taken."""
        found = await self._loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        self._family, address = socket.AddressFamily(found[0][0]), found[0][4]
        door = self._door = self._bound(str(address[0]), int(address[1]))
        self.host, self.port = door.getsockname()[:2]
        door.listen(_BACKLOG)
        await self._serve(door)

    def reopen(self) -> None:
        """Listen again on the same address; nothing happens when it does."""
        if self._door is None or self._fillers:
            self.shut()
        if self._door is not None and not self._serving:
            self._door.listen(_BACKLOG)  # at once: who connects waits for the task
            self._serving = True
            self._opening = self._loop.create_task(self._serve(self._door))

    def shut(self) -> None:
        """Listen no more: who connects is refused. Connections that are open stay."""
        self.close()
        self._door = self._bound(self.host, self.port)

    def saturate_backlog(self) -> None:
        """Listen with a queue that is full: who connects hears nothing (Linux drops the SYN)."""
        self.shut()
        if self._door is None:
            return
        self._door.listen(0)
        for _ in range(_FILL):
            filler = socket.socket(self._family, socket.SOCK_STREAM)
            filler.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                filler.connect((self.host, self.port))
            self._fillers.append(filler)

    def close(self) -> None:
        """Give the port back."""
        self._serving = False
        if self._server is not None:
            self._server.close()
            self._server = None
        if self._door is not None and self._door.fileno() >= 0:  # the server may have closed it already
            self._loop.remove_reader(self._door)
            self._door.close()
        self._door = None
        for filler in self._fillers:
            filler.close()
        self._fillers = []

    def _bound(self, host: str, port: int) -> socket.socket:
        sock = socket.socket(self._family, socket.SOCK_STREAM)
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.setblocking(False)
            sock.bind((host, port))
        except OSError as error:
            sock.close()
            raise OSError(error.errno, f"{host}:{port}: {error.strerror}") from None
        return sock

    async def _serve(self, door: socket.socket) -> None:
        if door is not self._door:  # shut again before this had its turn
            return
        self._serving = True
        if self._handshake is None:
            server = await self._loop.create_server(self._factory, sock=door, backlog=_AT_ONCE)
            # asyncio's backlog is also how many it accepts before it does anything else; the kernel's is longer.
            door.listen(_BACKLOG)
            if door is self._door:
                self._server = server
        else:
            self._loop.add_reader(door, self._accept, door, self._handshake)

    def _accept(self, door: socket.socket, handshake: TlsHandshake) -> None:
        """Accept by hand, so that a fault can come before, in, or in place of the handshake."""
        for _ in range(_AT_ONCE):
            try:
                client, _ = door.accept()
            except OSError:  # nobody waits any more, or there are no descriptors left: later
                return
            welcome = self._loop.create_task(handshake.welcome(client, self._factory))
            self._welcomes.add(welcome)
            welcome.add_done_callback(self._welcomes.discard)
