"""Two machines, played by network namespaces on one bridge."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

BRIDGE, NET = "sgl-bridge", "10.77.0"
"""This side of the bridge is NET.1."""


@contextmanager
def two_namespaces() -> Iterator[list[str]]:
    """Their names; they are gone when the block ends. Needs root and iproute2."""
    names = ["sgl-a", "sgl-b"]
    _ip("link", "add", BRIDGE, "type", "bridge")
    try:
        _ip("addr", "add", f"{NET}.1/24", "dev", BRIDGE)
        _ip("link", "set", BRIDGE, "up")
        for number, name in enumerate(names, 2):
            _ip("netns", "add", name)
            _ip("link", "add", f"{name}-out", "type", "veth", "peer", "name", "eth0", "netns", name)
            _ip("link", "set", f"{name}-out", "master", BRIDGE, "up")
            _ip("-n", name, "addr", "add", f"{NET}.{number}/24", "dev", "eth0")
            _ip("-n", name, "link", "set", "eth0", "up")
            _ip("-n", name, "link", "set", "lo", "up")
        yield names
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)
        _ip("link", "del", BRIDGE)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)
