"""An adapter whose sockets are set up as a policy says."""

from __future__ import annotations

import socket
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection

from harness.model.resilience_settings import SocketSettings

Option = tuple[int, int, int]


def options(settings: SocketSettings) -> list[Option]:
    """urllib3's own socket options, and keepalive's after them; the seconds are whole, as the kernel takes them."""
    found: list[Option] = [
        (level, name, int(value)) for level, name, value in HTTPConnection.default_socket_options
    ]
    if settings.keepalive:
        found.append((socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1))
    details = {
        "TCP_KEEPIDLE": settings.keepalive_idle_s,
        "TCP_KEEPINTVL": settings.keepalive_interval_s,
        "TCP_KEEPCNT": settings.keepalive_count,
    }
    for name, value in details.items():
        if value is not None and hasattr(socket, name):
            found.append((socket.IPPROTO_TCP, getattr(socket, name), value))
    return found


class SocketAdapter(HTTPAdapter):
    """requests' adapter, which hands socket options and a source address to its pools and proxies."""

    def __init__(self, settings: SocketSettings, **kwargs: Any) -> None:
        self._pool_kwargs: dict[str, Any] = {"socket_options": options(settings)}
        if settings.source_address is not None:
            self._pool_kwargs["source_address"] = (settings.source_address, 0)
        super().__init__(**kwargs)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """requests' own, with the settings."""
        super().init_poolmanager(*args, **{**kwargs, **self._pool_kwargs})

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """requests' own, with the settings."""
        return super().proxy_manager_for(proxy, **{**kwargs, **self._pool_kwargs})
