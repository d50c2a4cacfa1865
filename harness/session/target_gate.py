"""The gate of a driver process: connections are opened to allowed targets only, whoever wants to open them.

The gate is in the functions that open TCP connections for urllib3, for the standard library, which httpx uses, and for
asyncio, which aiohttp and httpx's asynchronous client use, and in urllib3's pools behind a proxy. So it holds for a
team's own Session, for redirects, proxies and whole URLs. It costs nothing while a connection is reused. A socket that
user code opens and connects by itself does not pass it.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from importlib.util import find_spec
from ipaddress import ip_address
from typing import Any

import urllib3.poolmanager
import urllib3.util.connection

from harness.model.allowed_targets import AllowedTargets
from harness.session.errors import TargetRefused

REFUSALS_KEPT = 20


class TargetGate:
    """Decides on every new connection of this process. `refusals` are the hosts that were refused, with the reason."""

    def __init__(self, allowed: AllowedTargets) -> None:
        self.allowed = allowed
        self.refusals: dict[str, str] = {}
        self._of_allowed_names: set[str] = set()

    def addresses(self, host: str, port: object) -> list[str]:
        """The addresses to connect to: resolved once, so that what was checked is what is connected to.

        A host that was named is returned as it is. Raises TargetRefused, and OSError for a name without an address.
        """
        if self.allowed.named(host):
            return [host]
        found = _resolved(host)
        self._check(host, port, found)
        return found

    def resolved(self, host: str, port: object, found: list[str]) -> None:
        """Checks the addresses that somebody else has resolved a name to. Raises TargetRefused."""
        if self.allowed.named(host):
            self._of_allowed_names.update(found)
        else:
            self._check(host, port, found)

    def address(self, host: str, port: object) -> None:
        """Checks an address to which a connection is about to be opened. Raises TargetRefused."""
        if host not in self._of_allowed_names and not self.allowed.named(host):
            self._check(host, port, [host])

    def _check(self, host: str, port: object, found: list[str]) -> None:
        if not self.allowed.at(host, found):
            elsewhere = "" if found == [host] else f" ({', '.join(found)})"
            self._refuse(host, port, f"is not loopback{elsewhere}")

    def behind_proxy(self, host: str, port: object) -> None:
        """Checks a target that a proxy resolves, by its name alone. Raises TargetRefused."""
        if not self.allowed.by_name(host):
            self._refuse(host, port, "is not loopback, and would be reached through a proxy")

    def _refuse(self, host: str, port: object, problem: str) -> None:
        remedy = f"if you are allowed to send load to it, add --allow-target {host}"
        error = TargetRefused(f"{host}:{port}", "", f"{problem}; {remedy}")
        if host in self.refusals or len(self.refusals) < REFUSALS_KEPT:
            self.refusals[host] = str(error)
        raise error


def _resolved(host: str) -> list[str]:
    plain = host.strip("[]")
    try:
        return [str(ip_address(plain))]
    except ValueError:
        pass
    try:
        found = socket.getaddrinfo(plain, None, type=socket.SOCK_STREAM)
    except UnicodeError:
        raise socket.gaierror(socket.EAI_NONAME, "is not a host name") from None
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class _Installed:
    """The gate of this process, and the functions that it has replaced."""

    gate: TargetGate | None = None
    replaced: list[tuple[Any, str, Any]]


_installed = _Installed()


def install(allowed: AllowedTargets) -> TargetGate:
    """Lets this process connect to these targets only, from now on. A later call replaces the gate."""
    first, _installed.gate = _installed.gate is None, TargetGate(allowed)
    if first:
        _installed.replaced = []
        _replace(socket, "create_connection", _connecting)
        _replace(urllib3.util.connection, "create_connection", _connecting)
        _replace(asyncio.BaseEventLoop, "getaddrinfo", _resolving)
        _replace(asyncio.SelectorEventLoop, "sock_connect", _connecting_asynchronously)
        _replace(urllib3.poolmanager.ProxyManager, "connection_from_host", _pool_behind_proxy)
        if find_spec("socks") is not None:
            from urllib3.contrib.socks import SOCKSConnection

            _replace(SOCKSConnection, "_new_conn", _through_socks)
    return _installed.gate


def remove() -> None:
    """Takes the gate away."""
    if _installed.gate is not None:
        _installed.gate = None
        for owner, name, original in _installed.replaced:
            setattr(owner, name, original)


def check_behind_proxy(host: str, port: object) -> None:
    """Checks the target of a request through a proxy, where this process has a gate. Raises TargetRefused."""
    if _installed.gate is not None:
        _installed.gate.behind_proxy(host, port)


def _replace(owner: Any, name: str, wrap: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    original = getattr(owner, name)
    _installed.replaced.append((owner, name, original))
    setattr(owner, name, wrap(original))


def _connecting(connect: Callable[..., Any]) -> Callable[..., Any]:
    def create_connection(address: tuple[str, int], *args: Any, **kwargs: Any) -> Any:
        gate = _installed.gate
        if gate is None:
            return connect(address, *args, **kwargs)
        host, port = address
        failed: OSError = OSError(f"{host} has no address")
        for place in gate.addresses(host, port):
            try:
                return connect((place, port), *args, **kwargs)
            except OSError as error:
                failed = error
        raise failed

    return create_connection


def _resolving(resolve: Callable[..., Any]) -> Callable[..., Any]:
    async def getaddrinfo(loop: Any, host: str | bytes | None, port: Any, **kwargs: Any) -> Any:
        found = await resolve(loop, host, port, **kwargs)
        if _installed.gate is not None and host is not None:
            name = host if isinstance(host, str) else host.decode("ascii")
            _installed.gate.resolved(name, port, [str(address[0]) for *_, address in found])
        return found

    return getaddrinfo


def _connecting_asynchronously(connect: Callable[..., Any]) -> Callable[..., Any]:
    async def sock_connect(loop: Any, sock: socket.socket, address: Any) -> Any:
        if _installed.gate is not None and sock.family in (socket.AF_INET, socket.AF_INET6):
            _installed.gate.address(str(address[0]), address[1])
        return await connect(loop, sock, address)

    return sock_connect


def _pool_behind_proxy(from_host: Callable[..., Any]) -> Callable[..., Any]:
    def connection_from_host(
        manager: Any, host: str | None, port: int | None = None, *args: Any, **kwargs: Any
    ) -> Any:
        check_behind_proxy(host or "", port)
        return from_host(manager, host, port, *args, **kwargs)

    return connection_from_host


def _through_socks(new_conn: Callable[..., Any]) -> Callable[..., Any]:
    def _new_conn(conn: Any) -> Any:
        if _installed.gate is not None:
            options = conn._socks_options
            _installed.gate.addresses(options["proxy_host"], options["proxy_port"])
            _installed.gate.behind_proxy(conn.host, conn.port)
        return new_conn(conn)

    return _new_conn
