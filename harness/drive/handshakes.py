"""What a master and a worker make of the handshakes on their sockets."""

from __future__ import annotations

import zmq

from harness.model.errors import ConfigError

CONNECTED, ADMITTED = int(zmq.EVENT_ACCEPTED), int(zmq.EVENT_HANDSHAKE_SUCCEEDED)
FAILED = (
    int(zmq.EVENT_HANDSHAKE_FAILED_AUTH),
    int(zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL),
    int(zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL),
)
FAILED_AT_MOST = 3
"""One handshake alone may fail because the master of an earlier run is just ending."""


class MasterHandshakes:
    """Counts the connections to a master that did not prove to have the token; nothing of them was read."""

    def __init__(self) -> None:
        self._connected = self._admitted = 0

    def take(self, event: int) -> None:
        """Takes one event of the master's socket into account."""
        self._connected += event == CONNECTED
        self._admitted += event == ADMITTED

    @property
    def refusals(self) -> list[str]:
        """One sentence about them; none where every connection was a worker's."""
        refused = self._connected - self._admitted
        connections = "connection was" if refused == 1 else "connections were"
        return [f"{refused} {connections} refused, without the run's token"] if refused > 0 else []


class WorkerHandshakes:
    """Tells a worker when the process at the master's address has no token in common with it."""

    def __init__(self, place: str) -> None:
        self._place, self._failed, self._admitted = place, 0, False

    def take(self, event: int) -> ConfigError | None:
        """Takes one event of the worker's socket into account. Returns the error with which the worker gives up."""
        self._admitted = self._admitted or event == ADMITTED
        self._failed += event in FAILED
        if self._admitted or self._failed != FAILED_AT_MOST:
            return None
        return ConfigError(
            "--master", self._place, "is no run with the same token; give both sides the same one"
        )
