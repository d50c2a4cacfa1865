"""The files of a table: a stream while the run is live, Parquet once it is over; and how a torn stream is read."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.ipc

from harness.record.schema import TABLES

STREAM, PARQUET = ".arrows", ".parquet"


def read_stream(path: Path) -> pa.Table:
    """Every whole batch of a stream that may still be growing or may end in the middle of one."""
    schema, batches = TABLES[path.stem], []
    try:
        with pa.memory_map(str(path)) as source, pa.ipc.open_stream(source) as stream:
            schema = stream.schema
            for batch in stream:
                batches.append(batch)  # noqa: PERF402 - a loop keeps what came before a torn batch
    except (pa.ArrowInvalid, OSError):
        pass
    return pa.Table.from_batches(batches, schema)
