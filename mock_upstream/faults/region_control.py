"""The operations of a fault on the upstream itself, rather than on a request."""

from typing import Protocol


class RegionControl(Protocol):
    """One region's sockets, connections and workers."""

    def stop_listening(self) -> None:
        """Refuse new connections."""

    def saturate_backlog(self) -> None:
        """Accept no new connection, and refuse none."""

    def reopen(self) -> None:
        """Accept connections again."""

    def drop(self, label: str) -> None:
        """Reset every open connection; the ledger has `label` for the exchanges in progress."""

    def pause(self) -> None:
        """Stop the workers; waiting requests keep waiting."""

    def resume(self) -> None:
        """Let the workers continue where they stopped."""
