"""The ledger of what was served: one final row per attempt, in a bounded ring buffer.

Rows are appended by the data plane's thread and read by the admin's; a row never changes.
"""

from struct import Struct
from typing import NamedTuple


class Row(NamedTuple):
    """One attempt from the upstream's side. Times are `time.monotonic()` seconds, durations seconds."""

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
    """Nominal: how long the worker was busy."""
    intended_delay_s: float
    """From arrival to the first byte, as intended: wait, service and latency faults."""
    actual_delay_s: float
    """From arrival to the first byte, as measured."""
    ended_s: float
    fault: str
    """The names of the faults that hit, joined by "+"; "" for none, "overflow" for a full queue."""
    status: int
    """0 when no status was sent."""
    bytes: int
    client_gone: bool
    replay: bool
    """A POST with a repeated idempotency key: it got the first response."""
    retry_after_s: float
    """The wait that the response requires of the client, in seconds; 0 for none."""


COLUMNS = Row._fields


class Ledger:
    """The last rows, almost `size` of them; sequence numbers count from 0 and are never reused.

    Numbers are kept packed: a row of Python objects would cost a microsecond of cache misses per request.
    """

    def __init__(self, size: int = 1 << 16) -> None:
        self.size = size
        self.next = 0
        self._words: list[Words] = [("", "", "", "", "")] * size
        self._numbers = bytearray(_NUMBERS.size * size)

    def append(self, words: "Words", *numbers: float) -> None:
        """Add a row: (key, region, method, route, fault), and the other fields of Row in order."""
        slot = self.next % self.size
        self._words[slot] = words
        _NUMBERS.pack_into(self._numbers, slot * _NUMBERS.size, *numbers)
        self.next += 1

    def read(self, after: int, limit: int) -> tuple[int, int, list[Row]]:
        """Return (next, lost, rows) from sequence number `after`, at most `limit` rows.

        `lost` counts the rows from `after` on that were overwritten before this read; pass `next` to
        the following read.
        """
        end, asked = self.next, max(after, 0)
        start = min(max(asked, end - self.size + 1), end)
        stop = min(start + limit, end)
        rows = [self._row(index % self.size) for index in range(start, stop)]
        # The other thread may have overwritten rows during the read: those are counted as lost.
        overtaken = min(max(0, self.next - self.size + 1 - start), len(rows))
        return stop, max(0, start - asked) + overtaken, rows[overtaken:]

    def _row(self, slot: int) -> Row:
        key, region, method, route, fault = self._words[slot]
        numbers = _NUMBERS.unpack_from(self._numbers, slot * _NUMBERS.size)
        attempt, connection, nth, arrived_s, wait_s, service_s, intended_s, actual_s, ended_s = numbers[:9]
        status, n_bytes, client_gone, replay, retry_after_s = numbers[9:]
        return Row(
            key, attempt, region, method, route, connection, nth, arrived_s, wait_s, service_s,
            intended_s, actual_s, ended_s, fault, status, n_bytes, client_gone, replay, retry_after_s,
        )  # fmt: skip


Words = tuple[str, str, str, str, str]
_NUMBERS = Struct("@iqq6dhq??d")
