"""The gauge of a pool that belongs to another library than urllib3."""

from __future__ import annotations

from abc import ABC, abstractmethod


class PoolReadings(ABC):
    """As `PoolGauge`. `discarded` and `stale` are None: these libraries do not show them."""

    discarded: int | None = None
    stale: int | None = None

    def __init__(self, host: str, maxsize: int) -> None:
        self.host, self.maxsize, self.opened = host, maxsize, 0
        self.waiting_since: dict[int, float] = {}

    @property
    @abstractmethod
    def in_use(self) -> int:
        """Connections that serve a request."""

    @property
    @abstractmethod
    def idle(self) -> int:
        """Idle open connections."""

    @property
    def waiting(self) -> int:
        """Callers without a connection."""
        return len(self.waiting_since)

    def longest_wait_s(self, now_s: float) -> float:
        """Seconds that the longest waiting caller has waited so far; 0 when none waits."""
        since = list(self.waiting_since.values())
        return now_s - min(since) if since else 0.0
