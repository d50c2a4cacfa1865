"""What was really served: one final row per attempt, in a bounded ring.

Rows are appended by the data plane's thread and read by the admin's; a row is a tuple and never changes.
"""

from typing import NamedTuple


class Row(NamedTuple):
    """One attempt as the upstream saw it. Times are `time.monotonic()` seconds, durations seconds."""

    key: str
    attempt: int
    region: str
    method: str
    route: str
    connection: int
    nth: int
    """Which request on its connection this was, from 1."""
    arrived_s: float
    queue_wait_s: float
    service_s: float
    """Nominal: what the worker was busy for."""
    intended_delay_s: float
    """From arrival to the first byte, as it should have been: wait, service and latency faults."""
    actual_delay_s: float
    """From arrival to the first byte, as it was."""
    ended_s: float
    fault: str
    """The names of the faults that hit, joined by "+"; "" for none, "overflow" for a full queue."""
    status: int
    """0 when no status was sent."""
    bytes: int
    client_gone: bool
    replay: bool
    """A POST whose idempotency key had been seen: it got the first answer."""


COLUMNS = Row._fields


class Ledger:
    """The last `size` rows; sequence numbers count from 0 and are never reused."""

    def __init__(self, size: int = 1 << 16) -> None:
        self.size = size
        self.next = 0
        self._ring: list[tuple[object, ...] | None] = [None] * size

    def append(self, row: tuple[object, ...]) -> None:
        """Add a row: the fields of Row, in order (a bare tuple, because this is the hot path)."""
        self._ring[self.next % self.size] = row
        self.next += 1

    def read(self, after: int, limit: int) -> tuple[int, int, list[tuple[object, ...]]]:
        """Return (next, lost, rows) from sequence number `after`, at most `limit` rows.

        `lost` counts the rows from `after` on that were overwritten before this read; pass `next` to
        the following read.
        """
        end, asked = self.next, max(after, 0)
        start = min(max(asked, end - self.size), end)
        stop = min(start + limit, end)
        rows = [self._ring[index % self.size] for index in range(start, stop)]
        # The other thread may have overtaken us meanwhile: what it overwrote is lost, not ours to tell.
        overtaken = min(max(0, self.next - self.size - start), len(rows))
        kept = [row for row in rows[overtaken:] if row is not None]
        return stop, max(0, start - asked) + overtaken, kept
