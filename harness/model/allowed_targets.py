"""The hosts that may receive load: this machine's loopback addresses, and those that were named."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

LOOPBACK_NAMES = ("127.0.0.1", "localhost", "::1")
"""How people and programs write this machine's own address."""


def is_loopback(host: str) -> bool:
    """Whether a host is this machine's own loopback address or its name."""
    try:
        found = ip_address(host.strip("[]"))
    except ValueError:
        return host.lower().rstrip(".") == "localhost"
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return (mapped or found).is_loopback


@dataclass(frozen=True, slots=True)
class AllowedTargets:
    """Loopback, and the hosts in `names`: names or addresses, as they are written in URLs."""

    names: frozenset[str] = frozenset()

    @classmethod
    def of(cls, names: Iterable[str]) -> AllowedTargets:
        """Loopback and these hosts."""
        return cls(frozenset(_plain(name) for name in names))

    def named(self, host: str) -> bool:
        """Whether the host itself was named."""
        return _plain(host) in self.names

    def by_name(self, host: str) -> bool:
        """Whether the host is allowed whatever address it has."""
        return self.named(host) or is_loopback(host)

    def at(self, host: str, addresses: Iterable[str]) -> bool:
        """Whether connections to a host at these addresses are allowed.

        A name that was not allowed must have loopback addresses only: `localhost` can be given others.
        """
        if self.named(host):
            return True
        found = list(addresses)
        return bool(found) and all(is_loopback(address) for address in found)


def _plain(host: str) -> str:
    return host.strip("[]").lower().rstrip(".")
