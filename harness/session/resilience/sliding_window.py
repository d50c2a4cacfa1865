"""Counts of two kinds of events over the last seconds, in a ring of slices: constant memory, constant time."""

from __future__ import annotations

SLICES = 10


class SlidingWindow:
    """Counts events and the marked ones among them over the last `span_s` seconds, to a tenth of it.

    Not safe for several threads; the owner must lock.
    """

    __slots__ = ("_at", "_marked", "_slice_s", "_total")

    def __init__(self, span_s: float) -> None:
        self._slice_s = span_s / SLICES
        self._at = 0
        self._total = [0] * SLICES
        self._marked = [0] * SLICES

    def add(self, now: float, total: int = 1, marked: int = 0) -> None:
        """Counts `total` events now, `marked` of them marked."""
        self._turn(now)
        self._total[self._at % SLICES] += total
        self._marked[self._at % SLICES] += marked

    def counts(self, now: float) -> tuple[int, int]:
        """(events, marked events) of the last span."""
        self._turn(now)
        return sum(self._total), sum(self._marked)

    def clear(self) -> None:
        """Resets all counts."""
        self._total = [0] * SLICES
        self._marked = [0] * SLICES

    def _turn(self, now: float) -> None:
        at = int(now / self._slice_s)
        for step in range(self._at + 1, min(at, self._at + SLICES) + 1):
            self._total[step % SLICES] = self._marked[step % SLICES] = 0
        if at > self._at + SLICES:
            self.clear()
        self._at = max(self._at, at)
