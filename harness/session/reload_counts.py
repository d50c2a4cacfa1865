"""How often this process has taken a changed policy, and how often it has refused one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class ReloadCounts:
    """Totals since the start of the process."""

    taken: int = 0
    refused: int = 0


RELOADS = ReloadCounts()
