"""What a fault may do to the upstream itself, rather than to a request."""

from typing import Protocol


class RegionControl(Protocol):
    """One region's sockets, connections and workers."""

    def shut(self) -> None:
        """Refuse new connections."""

    def saturate_backlog(self) -> None:
        """Accept no new connection, and refuse none."""

    def reopen(self) -> None:
        """Accept connections again."""

    def drop(self, label: str) -> None:
        """Reset every open connection; the ledger tells `label` for what was under way."""

    def pause(self) -> None:
        """Let the workers rest; who waits, waits on."""

    def resume(self) -> None:
        """Let the workers go on where they were."""
