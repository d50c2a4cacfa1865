"""The TLS handshake, and its faults."""

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
    """Handshakes on accepted sockets; `fault` returns the fault of the next one, None for none."""

    def __init__(self, authority: Authority, fault: "Callable[[], TlsFault | None]") -> None:
        self._authority = authority
        self._fault = fault

    async def accept(self, client: socket.socket, factory: Callable[[], asyncio.Protocol]) -> None:
        """Do the handshake and start the protocol, or apply the fault."""
        client.setblocking(False)
        fault = self._fault()
        try:
            if fault is None or fault.how in _CERTIFICATES:
                await self._handshake_then_serve(
                    client, self._authority.context(_CERTIFICATES[fault.how] if fault else "good"), factory
                )
            elif fault.how == "slow":
                await asyncio.sleep(fault.delay_s)
                await self._handshake_then_serve(client, self._authority.context("good"), factory)
            else:
                await self._break_handshake(client, fault)
        except (TimeoutError, OSError, ssl.SSLError):
            client.close()

    async def _handshake_then_serve(
        self, client: socket.socket, context: ssl.SSLContext, factory: Callable[[], asyncio.Protocol]
    ) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(ConnectionError):
            await loop.connect_accepted_socket(
                factory, client, ssl=context, ssl_handshake_timeout=_PATIENCE_S
            )

    async def _break_handshake(self, client: socket.socket, fault: "TlsFault") -> None:
        """Read the ClientHello, then end the handshake as the fault says."""
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
