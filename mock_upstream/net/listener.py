"""A region's listening sockets, which can be closed, saturated and opened again on the same port."""

import asyncio
import contextlib
import socket
from collections.abc import Callable

from mock_upstream.net.tls_handshake import TlsHandshake

_BACKLOG = 4096
_FILL = 3
_AT_ONCE = 16


class Listener:
    """One listening address of a region; with `handshake` it uses TLS."""

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
        self._socket: socket.socket | None = None
        """The bound socket: it reserves the port even while it does not listen."""
        self._fillers: list[socket.socket] = []
        self._handshakes: set[asyncio.Task[None]] = set()
        self._opening: asyncio.Task[None] | None = None
        self._family = socket.AF_INET
        self.host, self.port = "", 0

    async def open(self, host: str, port: int) -> None:
        """Listen on the address, or on any free port for 0; OSError when it is taken."""
        found = await self._loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        self._family, address = socket.AddressFamily(found[0][0]), found[0][4]
        sock = self._socket = self._bound(str(address[0]), int(address[1]))
        self.host, self.port = sock.getsockname()[:2]
        sock.listen(_BACKLOG)
        await self._serve(sock)

    def reopen(self) -> None:
        """Listen again on the same address; nothing happens when it already listens."""
        if self._socket is None or self._fillers:
            self.stop_listening()
        if self._socket is not None and not self._serving:
            self._socket.listen(_BACKLOG)  # now: clients that connect wait for the task
            self._serving = True
            self._opening = self._loop.create_task(self._serve(self._socket))

    def stop_listening(self) -> None:
        """Stop listening: new connections are refused. Open connections stay."""
        self.close()
        self._socket = self._bound(self.host, self.port)

    def saturate_backlog(self) -> None:
        """Listen with a full accept queue: new connections get no reply (Linux drops the SYN)."""
        self.stop_listening()
        if self._socket is None:
            return
        self._socket.listen(0)
        for _ in range(_FILL):
            filler = socket.socket(self._family, socket.SOCK_STREAM)
            filler.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                filler.connect((self.host, self.port))
            self._fillers.append(filler)

    def close(self) -> None:
        """Close the socket, which releases the port."""
        self._serving = False
        if self._server is not None:
            self._server.close()
            self._server = None
        if self._socket is not None and self._socket.fileno() >= 0:  # the server may have closed it already
            self._loop.remove_reader(self._socket)
            self._socket.close()
        self._socket = None
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

    async def _serve(self, sock: socket.socket) -> None:
        if sock is not self._socket:  # closed again before this task ran
            return
        self._serving = True
        if self._handshake is None:
            server = await self._loop.create_server(self._factory, sock=sock, backlog=_AT_ONCE)
            # asyncio's backlog is also how many it accepts before it does anything else; the kernel's is longer.
            sock.listen(_BACKLOG)
            if sock is self._socket:
                self._server = server
        else:
            self._loop.add_reader(sock, self._accept, sock, self._handshake)

    def _accept(self, sock: socket.socket, handshake: TlsHandshake) -> None:
        """Accept by hand, so that a fault can come before, in, or in place of the handshake."""
        for _ in range(_AT_ONCE):
            try:
                client, _ = sock.accept()
            except OSError:  # no client waits any more, or there are no free descriptors: try later
                return
            accept = self._loop.create_task(handshake.accept(client, self._factory))
            self._handshakes.add(accept)
            accept.add_done_callback(self._handshakes.discard)
