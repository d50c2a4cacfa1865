"""Appends batches to Arrow IPC streams, so that a kill at any time loses at most the current batch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet

from harness.model.atomic import is_taken, new_folder, numbered, replacing, write_text
from harness.model.errors import RecordError
from harness.model.run import End, Run
from harness.record.rows import Row
from harness.record.schema import TABLES
from harness.record.streams import PARQUET, STREAM, read_stream

_BATCH_BYTES = 1 << 18
"""Arrow writes every buffer of a batch separately, a hundred in all; buffered they are one system call."""


def create(root: Path, run: Run) -> Path:
    """Makes the run's folder with its run.json, and returns it; the folder's name is the run's id in run.json.

    The folder appears under its name only once run.json is whole. Where another run has the id, because it started in
    the same second, a number is added: `-2`, `-3`, and so on. Raises OSError.
    """
    for name in numbered(run.id):
        recorded = run.model_copy(update={"id": name})
        try:
            with new_folder(root / name) as draft:
                (draft / "run.json").write_text(recorded.model_dump_json(indent=1) + "\n")
            return root / name
        except OSError as error:
            if not is_taken(error):
                raise
    raise AssertionError  # there is always another number


def load_arrow() -> None:
    """Imports pandas now, which pyarrow otherwise does at its first array, and which takes most of a second."""
    for schema in TABLES.values():
        schema.empty_table()
        pa.array([None], schema.field(0).type)


class TableWriter:
    """One table of a live run. Rows are kept until `flush`, which passes them to the operating system."""

    def __init__(self, folder: Path, table: str) -> None:
        self._schema = TABLES[table]
        self._sink = pa.BufferedOutputStream(pa.OSFile(str(folder / (table + STREAM)), "wb"), _BATCH_BYTES)
        self._stream = pa.ipc.new_stream(self._sink, self._schema)
        self._rows: list[Row] = []

    def add(self, row: Row) -> None:
        """Keeps one row, in the schema's order of columns, for the next flush."""
        self._rows.append(row)

    def extend(self, rows: Iterable[Row]) -> None:
        """Keeps several rows for the next flush."""
        self._rows.extend(rows)

    def flush(self) -> None:
        """Appends the kept rows as one batch; no batch when there are none."""
        if self._rows:
            rows, self._rows = self._rows, []
            self.append(list(zip(*rows, strict=True)))

    def append(self, columns: Sequence[Sequence[object]]) -> None:
        """Appends one batch given as columns in the schema's order."""
        self.write(self.converted(columns))

    def converted(self, columns: Sequence[Sequence[object]]) -> pa.RecordBatch:
        """The columns as Arrow's batch. Raises ValueError, TypeError or OverflowError for ones that do not fit."""
        arrays = [pa.array(c, field.type) for c, field in zip(columns, self._schema, strict=True)]
        return pa.record_batch(arrays, schema=self._schema)

    def write(self, batch: pa.RecordBatch) -> None:
        """Appends one converted batch."""
        self._stream.write_batch(batch)
        self._sink.flush()

    def close(self) -> None:
        """Flushes and ends the stream."""
        self.flush()
        self._stream.close()
        self._sink.close()

    def abandon(self) -> None:
        """Closes the file without what could not be written. Arrow prints a line for one that is still open."""
        with suppress(OSError):
            self._sink.close()


class RunWriter:
    """The tables that one process writes of a run, flushed together."""

    def __init__(self, folder: Path, tables: Iterable[str]) -> None:
        self.tables: Mapping[str, TableWriter] = {t: TableWriter(folder, t) for t in tables}

    def __getitem__(self, table: str) -> TableWriter:
        return self.tables[table]

    def extend(self, batch: Mapping[str, Iterable[Row]]) -> None:
        """Keeps a batch, rows by table, for the next flush."""
        for table, rows in batch.items():
            self.tables[table].extend(rows)

    def append(self, batch: Mapping[str, Sequence[Row]]) -> None:
        """Appends a batch of another process, rows by table, at once.

        Raises RecordError for one that does not fit the schema, of which nothing is written.
        """
        try:
            written = [
                (self.tables[table], self.tables[table].converted(list(zip(*rows, strict=True))))
                for table, rows in batch.items()
                if rows
            ]
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
            raise RecordError("batch", "", f"does not fit the schema: {error}") from None
        for table, converted in written:
            table.write(converted)

    def flush(self) -> None:
        """Hands every kept row to the operating system."""
        for table in self.tables.values():
            table.flush()

    def close(self) -> None:
        """Ends every stream."""
        for table in self.tables.values():
            table.close()

    def abandon(self) -> None:
        """Closes every file, after an error of one."""
        for table in self.tables.values():
            table.abandon()


def finish(folder: Path, end: End) -> None:
    """Turns the streams into Parquet and then writes end.json, whose presence marks the run as ended."""
    for stream in folder.glob("*" + STREAM):
        with replacing(stream.with_suffix(PARQUET)) as draft:
            pyarrow.parquet.write_table(read_stream(stream), draft, compression="zstd")
        stream.unlink()
    write_text(folder / "end.json", end.model_dump_json(indent=1) + "\n")
