"""TLS from the first byte on, and all the ways in which it goes wrong."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable
from typing import TYPE_CHECKING

from mock_upstream.net.certificates import Authority, Kind
from mock_upstream.net.socket_close import reset_on_close

if TYPE_CHECKING:
    from mock_upstream.faults.tls import TlsFault

_ALERT_HANDSHAKE_FAILURE = b"\x15\x03\x03\x00\x02\x02\x28"
_PLAIN = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_PATIENCE_S = 30.0
_CERTIFICATES: dict[str, Kind] = {
    "expired": "expired",
    "untrusted": "untrusted",
    "wrong-host": "wrong-host",
}


class TlsHandshake:
    """Welcomes accepted sockets; `fault` says what happens to the next one, None for nothing."""

    def __init__(self, authority: Authority, fault: "Callable[[], TlsFault | None]") -> None:
        self._authority = authority
        self._fault = fault

    async def welcome(self, client: socket.socket, factory: Callable[[], asyncio.Protocol]) -> None:
        """Do the handshake and hand the connection over, or do what the fault wants."""
        client.setblocking(False)
        fault = self._fault()
        try:
            if fault is None or fault.how in _CERTIFICATES:
                await self._shake(
                    client, self._authority.context(_CERTIFICATES[fault.how] if fault else "good"), factory
                )
            elif fault.how == "slow":
                await asyncio.sleep(fault.delay_s)
                await self._shake(client, self._authority.context("good"), factory)
            else:
                await self._spoil(client, fault)
        except (TimeoutError, OSError, ssl.SSLError):
            client.close()

    async def _shake(
        self, client: socket.socket, context: ssl.SSLContext, factory: Callable[[], asyncio.Protocol]
    ) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(ConnectionError):
            await loop.connect_accepted_socket(
                factory, client, ssl=context, ssl_handshake_timeout=_PATIENCE_S
            )

    async def _spoil(self, client: socket.socket, fault: "TlsFault") -> None:
        """Read the ClientHello, then end it as the fault wants."""
        loop = asyncio.get_running_loop()
        with client:
            await asyncio.wait_for(loop.sock_recv(client, 65536), _PATIENCE_S)
            if fault.how == "hang":
                while await asyncio.wait_for(loop.sock_recv(client, 65536), fault.delay_s):
                    pass
            elif fault.how == "alert":
                await loop.sock_sendall(client, _ALERT_HANDSHAKE_FAILURE)
            elif fault.how == "plaintext":
                await loop.sock_sendall(client, _PLAIN)
            elif fault.how == "reset":
                reset_on_close(client)
