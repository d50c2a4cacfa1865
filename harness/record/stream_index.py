"""A table that is still written to, read in parts: what is new, and the rows of some seconds."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from harness.record.schema import TABLES
from harness.record.streams import STREAM, of_schema, whole_batches

BLOCK_BYTES = 1 << 16


class StreamIndex:
    """Where in a stream the rows of which seconds are, in blocks of some batches: a few bytes for each block.

    A row touches the seconds from its first moment to its last one, as `span_of` has them. Both methods raise
    UnreadableFileError for what is no regular file, and KeyError, ValueError or TypeError for what is no such table.
    """

    def __init__(self, folder: Path, table: str) -> None:
        self._path, self._table = folder / (table + STREAM), table
        self._read = 0
        self._begin, self._first_s, self._last_s = array("q"), array("d"), array("d")

    @property
    def last_s(self) -> float:
        """The last moment of any row; 0 where there is none."""
        return max(self._last_s, default=0.0)

    def new_batches(self) -> Iterator[tuple[float, float, pa.RecordBatch]]:
        """Each batch that was written since the last look, with the first and the last moment of its rows."""
        for begin, end, batch in whole_batches(self._path, self._read):
            self._read = end
            if len(batch):
                first_s, last_s = span_of(self._table, batch)
                reach = pc.min(first_s).as_py() or 0.0, pc.max(last_s).as_py() or 0.0
                self._add(begin, end, *reach)
                yield *reach, batch

    def rows(self, from_s: float, until_s: float, columns: Sequence[str] | None = None) -> pa.Table:
        """The rows that touch these seconds, `until_s` itself excluded, as far as they have been looked at."""
        found: list[pa.Table] = []
        for place, begin in enumerate(self._begin):
            if self._last_s[place] >= from_s and self._first_s[place] < until_s:
                end = self._begin[place + 1] if place + 1 < len(self._begin) else self._read
                for _, _, batch in whole_batches(self._path, begin, end):
                    found.append(touching(self._table, pa.table(batch), from_s, until_s, columns))
        empty = touching(self._table, TABLES[self._table].empty_table(), from_s, until_s, columns)
        return of_schema(pa.concat_tables(found or [empty]), TABLES[self._table])

    def _add(self, begin: int, end: int, first_s: float, last_s: float) -> None:
        """Puts a batch into the last block, or into a new one where that would be too long."""
        if self._begin and end - self._begin[-1] <= BLOCK_BYTES:
            self._first_s[-1] = min(self._first_s[-1], first_s)
            self._last_s[-1] = max(self._last_s[-1], last_s)
            return
        self._begin.append(begin)
        self._first_s.append(first_s)
        self._last_s.append(last_s)


def touching(
    table: str, rows: pa.Table, from_s: float, until_s: float, columns: Sequence[str] | None = None
) -> pa.Table:
    """Those of a table's rows that touch these seconds, `until_s` itself excluded; with those of `columns` it has."""
    names = rows.column_names if columns is None else [name for name in columns if name in rows.column_names]
    return rows.select(names).filter(touches(table, rows, from_s, until_s))


def touches(table: str, rows: pa.RecordBatch | pa.Table, from_s: float, until_s: float) -> pa.Array:
    """Of each row whether it touches these seconds."""
    first_s, last_s = span_of(table, rows)
    return pc.and_(pc.greater_equal(last_s, from_s), pc.less(first_s, until_s))


def span_of(table: str, rows: pa.RecordBatch | pa.Table) -> tuple[pa.Array, pa.Array]:
    """The first and the last moment of each row: of a call, of a request and of the work on it, or of a sample."""
    match table:
        case "calls":
            return rows.column("scheduled_s"), rows.column("ended_s")
        case "served":
            begun_s = pc.add(rows.column("arrived_s"), rows.column("queue_wait_s"))
            worked_s = pc.add(begun_s, rows.column("service_s"))
            return rows.column("arrived_s"), pc.max_element_wise(rows.column("ended_s"), worked_s)
        case "attempts":
            return rows.column("started_s"), rows.column("started_s")
    return rows.column("at_s"), rows.column("at_s")
