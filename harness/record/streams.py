"""The files of a table: a stream while the run is live, Parquet once it is over; and how each is read."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet

from harness.model.errors import DamagedError
from harness.record.schema import TABLES
from mock_upstream.config.regular_file import UnreadableFileError, open_file

if TYPE_CHECKING:
    import pyarrow.dataset

STREAM, PARQUET = ".arrows", ".parquet"
MOST_BYTES = 64_000_000_000


def read_table(folder: Path, name: str, columns: Sequence[str] | None = None) -> pa.Table:
    """One table of a run's folder, or those of `columns` that it has; an absent table is empty.

    Raises DamagedError, which names the file.
    """
    parquet, stream = folder / (name + PARQUET), folder / (name + STREAM)
    try:
        if os.path.lexists(parquet):
            return _read_parquet(parquet, TABLES[name], columns)
        if os.path.lexists(stream):
            whole = read_stream(stream)
            return of_schema(whole.select(_present(whole.column_names, columns)), TABLES[name])
        return TABLES[name].empty_table().select(_present(TABLES[name].names, columns))
    except (UnreadableFileError, pa.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
        path = parquet if os.path.lexists(parquet) else stream
        raise DamagedError(str(path), "", f"is damaged: {error}; the rest of the run can be read") from None


def read_stream(path: Path) -> pa.Table:
    """Every whole batch of a stream that may still be growing or may end in the middle of one.

    Raises UnreadableFileError for what is no regular file.
    """
    schema, batches = TABLES[path.stem], []
    _refuse_what_is_no_file(path)
    try:
        with pa.memory_map(str(path)) as source, pa.ipc.open_stream(source) as stream:
            schema = stream.schema
            for batch in stream:
                batches.append(batch)  # noqa: PERF402 - a loop keeps what came before a torn batch
    except (pa.ArrowException, OSError, ValueError):
        pass
    return pa.Table.from_batches(batches, schema)


def whole_batches(
    path: Path, begin: int = 0, until: int = MOST_BYTES
) -> Iterator[tuple[int, int, pa.RecordBatch]]:
    """Each whole batch of a stream from one place of the file to another, with where it begins and ends.

    One at a time is in memory. Raises UnreadableFileError for what is no regular file, and ValueError for a batch whose
    values are damaged: Arrow's functions would read outside of its memory.
    """
    with open_file(path, MOST_BYTES) as file:
        source = pa.PythonFile(file, "r")
        if (message := _whole_message(source)) is None:
            return
        if message.type != "schema":  # pyarrow would read one all the same, outside of its memory
            raise ValueError(f"it begins with a {message.type}")
        schema, place = pa.ipc.read_schema(message), max(begin, source.tell())
        source.seek(place)
        while place < until and (message := _whole_message(source)) is not None:
            batch = pa.ipc.read_record_batch(message, schema)
            batch.validate(full=True)
            yield place, (end := source.tell()), batch
            place = end


def _whole_message(source: pa.NativeFile) -> pa.ipc.Message | None:
    try:
        return pa.ipc.read_message(source)
    except (EOFError, OSError, ValueError, MemoryError):  # The last for a length that no memory holds.
        return None


@dataclass(frozen=True, slots=True)
class GrowingTable:
    """A table that is still written to, as far as it had been when it was opened."""

    path: Path
    end: int

    def reader(self) -> pa.RecordBatchReader:
        """Its batches with the schema's columns, one after the other. Reading raises DamagedError."""
        return pa.RecordBatchReader.from_batches(TABLES[self.path.stem], self._batches())

    def _batches(self) -> Iterator[pa.RecordBatch]:
        try:
            for _, _, batch in whole_batches(self.path, until=self.end):
                yield from with_every_column(pa.table(batch), TABLES[self.path.stem]).to_batches()
        except (UnreadableFileError, pa.ArrowException, ValueError, KeyError, TypeError) as error:
            raise DamagedError(
                str(self.path), "", f"is damaged: {error}; the rest of the run can be read"
            ) from None


def with_every_column(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """The table with the schema's columns and types; those that the record's version did not know have no values."""
    known = of_schema(table, schema)
    for field in schema:
        if field.name not in known.column_names:
            known = known.append_column(field, pa.nulls(len(known), field.type))
    return known.select(schema.names)


def _read_parquet(path: Path, schema: pa.Schema, columns: Sequence[str] | None) -> pa.Table:
    _refuse_what_is_no_file(path)
    with pyarrow.parquet.ParquetFile(path) as file:
        return of_schema(file.read(_present(file.schema_arrow.names, columns)), schema)


def _refuse_what_is_no_file(path: Path) -> None:
    """Raises UnreadableFileError for a pipe, which Arrow would read for ever."""
    with open_file(path, MOST_BYTES):
        pass


def of_schema(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """The table with the types of the schema's columns. Raises ValueError for other columns and for other values."""
    unknown = [name for name in table.column_names if name not in schema.names]
    if unknown:
        raise ValueError(f"it has the unknown column {unknown[0]!r}")
    table.validate(full=True)
    return table.cast(pa.schema([schema.field(name) for name in table.column_names]))


def _present(names: Sequence[str], wanted: Sequence[str] | None) -> list[str]:
    return [name for name in wanted if name in names] if wanted is not None else list(names)


def lazy_table(folder: Path, name: str) -> pyarrow.dataset.Dataset | pa.Table | GrowingTable | Path:
    """One table of a run's folder with the schema's columns, read only where and when a query needs it.

    It is the path of a Parquet file that has every column in the schema's type and whose name is no pattern of names.
    Raises DamagedError, which names the file.
    """
    parquet, stream = folder / (name + PARQUET), folder / (name + STREAM)
    try:
        if os.path.lexists(parquet):
            _refuse_what_is_no_file(parquet)
            written = pyarrow.parquet.read_schema(parquet).remove_metadata()
            of_schema(written.empty_table(), TABLES[name])
            if set(written) == set(TABLES[name]) and not _is_pattern(parquet.resolve()):
                return parquet.resolve()
            return _dataset(parquet, TABLES[name])
        if os.path.lexists(stream):
            _refuse_what_is_no_file(stream)
            return GrowingTable(stream, stream.stat().st_size)
        return TABLES[name].empty_table()
    except (UnreadableFileError, pa.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
        path = parquet if os.path.lexists(parquet) else stream
        raise DamagedError(str(path), "", f"is damaged: {error}; the rest of the run can be read") from None


def _is_pattern(path: Path) -> bool:
    """Whether DuckDB would take the path for a pattern of several files' names, or for an address."""
    return any(sign in str(path) for sign in "*?[]{}\\:")


def _dataset(parquet: Path, schema: pa.Schema) -> pyarrow.dataset.Dataset:
    """Imports pyarrow.dataset here, because that imports pandas, which a driver does not need."""
    from pyarrow.dataset import dataset

    return dataset(parquet, schema=schema, format="parquet")
